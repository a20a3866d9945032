"""A revision's files, from Git."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from errors import UserError
from review import build_report
from snapshot import collect, revision
from snapshot.model import Snapshot
from snapshot.revision import WORK_TREE
from tests.support.previews import by_title, commit, copy_to, edit, git
from tests.support.stacks import ROOT, STACKS


def test_a_commit_is_read_as_it_was_and_the_work_tree_as_it_lies_there(copy: Path) -> None:
    first = commit(copy)
    edit(copy, {"Pulumi.dev.yaml": {"develop-4f2a9c1": "develop-0000000"}})

    (before,), (after,) = (collect.take(copy, name, ["dev"]) for name in (first, WORK_TREE))

    def image(found: Snapshot) -> str:
        api = by_title(found.objects)["Deployment smarthr360-dev/smarthr360-api"]
        containers: list[dict[str, Any]] = api.manifest["spec"]["template"]["spec"]["containers"]
        return str(containers[0]["image"])

    assert image(before).endswith(":develop-4f2a9c1")
    assert image(after).endswith(":develop-0000000")


def test_a_base_without_ops_and_without_components_is_read_with_our_code_and_told(copy: Path) -> None:
    whole = commit(copy)
    shutil.rmtree(copy / "components")
    bare = commit(copy)

    [good] = collect.take(copy, whole, ["dev"])
    [bad] = collect.take(copy, bare, ["dev"])
    assert good.problem == ""
    assert bad.problem.startswith("the program can't be run: ModuleNotFoundError, No module named 'components'")


@pytest.mark.parametrize(
    "file", ["checked.py", "components/settings/__init__.py", "stack_file/__init__.py", "units.py"]
)
def test_a_revisions_program_gets_its_own_modules_though_ours_of_that_name_are_loaded(copy: Path, file: str) -> None:
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for name, added in ((file, "THEIRS = True"), ("__main__.py", f"from {module} import THEIRS")):
        (copy / name).write_text(f"{(copy / name).read_text()}\n{added}\n")
    [snapshot] = collect.take(copy, WORK_TREE, ["dev"])
    assert snapshot.problem == ""


def test_what_pulumi_reads_is_read_though_python_s_own_reader_refuses_it(copy: Path) -> None:
    edit(copy, {"Pulumi.dev.yaml": {"replicas: 1\n": "replicas: 0x2\t\n"}})
    [found] = collect.take(copy, WORK_TREE, ["dev"])
    assert found.problem == ""
    worker = by_title(found.objects)["Deployment smarthr360-dev/smarthr360-worker"]
    assert worker.manifest["spec"]["replicas"] == 2


def test_a_branch_a_tag_and_a_branch_that_only_the_server_has_are_found(copy: Path, tmp_path: Path) -> None:
    first = commit(copy)
    git(copy, "tag", "v1")
    git(copy, "branch", "other")
    git(tmp_path, "clone", "--quiet", str(copy), str(tmp_path / "clone"))

    assert revision.resolve(copy, "main") == revision.resolve(copy, "v1") == first
    assert revision.resolve(tmp_path / "clone", "other") == first


@pytest.mark.parametrize("name", ["nowhere", "--all", "", "main:Pulumi.yaml"])
def test_an_unknown_revision_is_a_sentence_that_says_what_to_type(copy: Path, name: str) -> None:
    commit(copy)

    with pytest.raises(UserError, match="is not a revision of this repository; `git branch --all`"):
        revision.resolve(copy, name)


def test_a_folder_without_git_is_a_sentence_that_says_what_to_type(copy: Path) -> None:
    with pytest.raises(UserError, match=r"is not in a Git repository; .*`python -m review inventory"):
        revision.resolve(copy, "main")


def test_what_came_into_the_base_since_is_no_change(copy: Path) -> None:
    fork = commit(copy)
    git(copy, "branch", "feature")
    edit(copy, {"Pulumi.dev.yaml": {"develop-4f2a9c1": "develop-1111111"}})
    base = commit(copy)
    git(copy, "checkout", "--quiet", "feature")

    assert revision.branched_off(copy, base, WORK_TREE) == fork
    assert revision.branched_off(copy, base, fork) == fork
    assert revision.branched_off(copy, base, base) == base


def test_stacks_are_those_of_either_revision_in_the_order_of_a_release(copy: Path) -> None:
    first = commit(copy)
    (copy / "Pulumi.production.yaml").rename(copy / "Pulumi.alpha.yaml")

    assert revision.stacks(copy, [first, WORK_TREE]) == ["dev", "staging", "production", "alpha"]
    assert revision.stacks(copy, [WORK_TREE]) == ["dev", "staging", "alpha"]


def test_a_project_below_the_repository_s_root_is_read_alone(tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    root = copy_to(tmp_path / "repository" / "platform")
    commit(tmp_path / "repository")
    found = revision.resolve(root, "main")

    assert revision.stacks(root, [found]) == list(STACKS)
    with revision.folder(root, found) as folder:
        assert (folder / "__main__.py").is_file()
        assert not (folder / "platform").exists()
    assert not folder.exists()


def test_a_change_without_make_render_is_told_of_a_commit_and_of_the_files_as_they_lie_there(copy: Path) -> None:
    shutil.copytree(ROOT / "rendered", copy / "rendered")
    before = commit(copy)
    edit(copy, {"Pulumi.dev.yaml": {"develop-4f2a9c1": "develop-0000000"}})
    after = commit(copy)

    fresh, stale, lying = (collect.take(copy, name, ["dev"])[0].stale for name in (before, after, WORK_TREE))
    assert fresh == ""
    assert stale == lying
    assert stale.startswith("rendered/dev is not what the program renders (different: ")
    assert stale.endswith("; type `make render`, and commit what it writes")
    assert stale in build_report.report("main", "HEAD", [], collect.take(copy, after, ["dev"])).problems
