import shutil
from pathlib import Path

import pytest

from components.settings import Secrets
from components.settings.identity import KNOWN
from tests.support.stacks import ROOT
from tools import stack_values
from tools.pages import environments


@pytest.fixture
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of the stack files."""
    for name in KNOWN:
        shutil.copy(ROOT / f"Pulumi.{name}.yaml", tmp_path)
    monkeypatch.setattr(stack_values, "ROOT", tmp_path)
    return tmp_path


def rows(part: str) -> dict[str, list[str]]:
    """The rows of the tables of one part of the page, by key."""
    cells = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| `")]
    keys = [row[0] for row in cells]
    assert len(keys) == len(set(keys))
    return {row[0].strip("`"): row[1:] for row in cells}


def parts() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    differ, same = environments.page().split("## What is the same everywhere")
    return rows(differ), rows(same)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_key_but_those_of_the_cluster_and_the_secrets_is_on_the_page_once() -> None:
    differ, same = parts()
    assert not differ.keys() & same.keys()
    wanted = {key for key in stack_values.LEAVES if key.split(".")[0] not in ("cluster", "secrets")}
    assert differ.keys() | same.keys() == wanted


@pytest.mark.usefixtures("own_files")
def test_what_differs_has_a_column_for_each_environment_with_defaults_marked() -> None:
    differ, _ = parts()
    assert "| Key | dev | staging | production |" in environments.page()
    assert differ["api.autoscaling.max"] == ["`3`", "`5`", "`10`"]
    assert differ["app.logLevel"] == ["`DEBUG`", "`INFO` (default)", "`WARNING`"]
    assert differ["worker.replicas"] == ["`1`", "`2`", "not set"]
    assert differ["worker.autoscaling.cpu"] == ["not set", "not set", "`75`"]
    assert differ["gitops.groups.admin"] == ["none (default)", "none (default)", "`prod-admins`"]
    assert differ["gitops.slack.events"] == ["not set", "`succeeded, failed`", "`failed, degraded, out-of-sync`"]
    assert all(len(row) == 3 and all(row) and len(set(row)) > 1 for row in differ.values())
    assert not [row for row in differ.values() for cell in row if cell.startswith("``")]


@pytest.mark.usefixtures("own_files")
def test_windows_stand_there_in_words_and_so_that_one_tells_them_apart() -> None:
    differ, _ = parts()
    assert differ["gitops.windows"] == [
        "none (default)",
        "none (default)",
        "`allow daily 02:00-04:00; deny monday to friday 08:00-18:00`",
    ]


def test_the_same_windows_in_other_words_are_no_difference(own_files: Path) -> None:
    in_words = 'timeZone: Europe/Paris\n    windows: [{ kind: deny, days: %s, from: "08:00", to: "18:00" }]\n'
    for name, days in (("dev", "weekdays"), ("staging", "[friday, monday, tuesday, wednesday, thursday]")):
        edit(own_files / f"Pulumi.{name}.yaml", "smarthr360:gitops:\n", f"smarthr360:gitops:\n    {in_words % days}")
    differ, _ = parts()
    dev, staging, production = differ["gitops.windows"]
    assert dev == staging == "`deny monday to friday 08:00-18:00`" != production


@pytest.mark.usefixtures("own_files")
def test_what_is_the_same_everywhere_has_one_value() -> None:
    _, same = parts()
    assert same["api.autoscaling.cpu"] == ["`70` (default)"]
    assert same["images.digests.api"] == ["not set"]
    assert all(len(row) == 1 and row[0] for row in same.values())


def test_the_same_amount_in_another_spelling_is_no_difference(own_files: Path) -> None:
    edit(own_files / "Pulumi.dev.yaml", "media: 10Gi", "media: 25600Mi")
    edit(own_files / "Pulumi.production.yaml", "media: 50Gi", "media: 25Gi")
    differ, same = parts()
    assert "storage.media" not in differ
    assert same["storage.media"] == ["`25Gi`"]


def test_a_default_that_one_environment_spells_out_is_marked_for_the_others(own_files: Path) -> None:
    edit(own_files / "Pulumi.dev.yaml", "  smarthr360:nginx:\n    replicas: 1", "  smarthr360:nginx:\n    replicas: 2")
    differ, same = parts()
    assert "nginx.replicas" not in differ
    assert same["nginx.replicas"] == ["`2` (default in staging, production)"]


def test_a_change_of_one_stack_file_changes_its_column_only(own_files: Path) -> None:
    before, _ = parts()
    edit(own_files / "Pulumi.staging.yaml", "max: 5", "max: 6")
    after, _ = parts()
    assert after.pop("api.autoscaling.max") == ["`3`", "`6`", "`10`"]
    assert before.pop("api.autoscaling.max") == ["`3`", "`5`", "`10`"]
    assert after == before


def test_no_secret_and_no_cluster_gets_on_the_page(own_files: Path) -> None:
    before = environments.page()
    with (own_files / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "  smarthr360:cluster:\n    existing: { kubeconfig: /home/somebody/kubeconfig, context: mine }\n"
            "  smarthr360:secrets:\n    dbPassword: { secure: 'v1:bm9uY2U=:Y2lwaGVydGV4dA==' }\n"
        )
    assert environments.page() == before
    assert f"{ROOT}/" not in before
    assert f"{Path.home()}/" not in before
    assert not [name for name in Secrets.model_fields if f"secrets.{Secrets.model_fields[name].alias}" in before]


def test_a_stack_file_more_is_a_column_more(own_files: Path) -> None:
    before = environments.page()
    text = (own_files / "Pulumi.staging.yaml").read_text(encoding="utf-8").replace("staging", "qa")
    (own_files / "Pulumi.qa.yaml").write_text(text.replace("issuer: qa", "issuer: staging"), encoding="utf-8")
    differ, _ = parts()
    assert "| Key | dev | staging | production |" in before
    assert "| Key | dev | staging | production | qa |" in environments.page()
    assert differ["namespace"] == ["`smarthr360-dev`", "`smarthr360-staging`", "`smarthr360`", "`smarthr360-qa`"]
