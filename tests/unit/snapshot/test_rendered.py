"""A review reports where what is committed for Argo CD is not what the program requests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from snapshot.model import Object, Owner
from snapshot.rendered import stale
from tests.support.reports import environment, thing
from tests.support.stacks import ROOT, STACKS

FOLDER = "rendered/dev"
MEND = "; type `make render`, and commit what it writes"


def application(path: Any = FOLDER) -> Object:
    return thing("Application", "app", owner=Owner.PULUMI, manifest={"spec": {"source": {"path": path}}})


def config(name: str, **data: str) -> Object:
    metadata = {"name": name, "namespace": "smarthr360"}
    return thing("ConfigMap", name, manifest={"kind": "ConfigMap", "metadata": metadata, "data": data})


def commit(root: Path, *objects: Object) -> None:
    (root / FOLDER).mkdir(parents=True)
    for item in objects:
        (root / FOLDER / f"{item.name}.yaml").write_text(yaml.safe_dump(dict(item.manifest)))


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_committed_in_this_project_is_not_stale(stack: str) -> None:
    assert stale(ROOT, environment(stack).objects) == ""


def test_what_differs_is_missing_and_is_left_over_is_named(tmp_path: Path) -> None:
    commit(tmp_path, config("same", a="1"), config("other", a="1"), config("old"))
    requested = [application(), config("same", a="1"), config("other", a="2"), config("new")]

    assert stale(tmp_path, requested[:2]) != ""
    assert stale(tmp_path, requested) == (
        f"{FOLDER} is not what the program renders (missing: ConfigMap new; left over: ConfigMap old; "
        f"different: ConfigMap other){MEND}"
    )


def test_many_are_counted_and_from_a_missing_folder_all_are_missing(tmp_path: Path) -> None:
    (tmp_path / "rendered").mkdir()

    assert stale(tmp_path, [application(), *(config(f"c{number}") for number in range(5))]) == (
        f"{FOLDER} is not what the program renders (missing: ConfigMap c0, ConfigMap c1, ConfigMap c2 and 2 more){MEND}"
    )


def test_where_nothing_is_rendered_or_committed_nothing_is_stale(tmp_path: Path) -> None:
    assert stale(tmp_path, [application(), config("new")]) == ""
    commit(tmp_path, config("old"))
    assert stale(tmp_path, [config("new")]) == ""
    assert stale(tmp_path, [application(), thing("Secret", owner=Owner.PULUMI)]) == ""


@pytest.mark.parametrize("path", ["/etc", "../elsewhere", "rendered/../..", 3, None, ""])
def test_no_folder_outside_of_the_project_is_read(path: Any, tmp_path: Path) -> None:
    commit(tmp_path, config("old"))

    assert stale(tmp_path, [application(path), config("new")]) == ""


@pytest.mark.parametrize("text", ["[", "3", "[]", "metadata: 3", "a: &a [*a]", "{" * 5_000, "x: " + "x" * 1_000_001])
def test_a_file_that_is_not_rendered_is_a_sentence(text: str, tmp_path: Path) -> None:
    commit(tmp_path)
    (tmp_path / FOLDER / "odd.yaml").write_text(text)
    requested = [application(), config("new")]

    assert stale(tmp_path, requested).endswith(MEND)
    (tmp_path / FOLDER / "odd.yaml").unlink()
    os.mkfifo(tmp_path / FOLDER / "odd.yaml")
    assert stale(tmp_path, requested) == f"{FOLDER} can't be read{MEND}"
