"""The local bare Git repository that the embedded Argo CD syncs from."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from errors import UserError
from tools.embedded.argocd.repository import publish


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rendered"
    (made / "1-manifest").mkdir(parents=True)
    (made / "1-manifest" / "deployment.yaml").write_text("kind: Deployment\n")
    (made / "config.yaml").write_text("kind: ConfigMap\n")
    return made


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tmp_path / "local" / "gitops.git"


def git(repository: Path, *arguments: str) -> str:
    command = ["git", f"--git-dir={repository}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def entries(repository: Path, branch: str) -> dict[str, str]:
    """The mode of each file of a branch."""
    lines = git(repository, "ls-tree", "-r", branch).splitlines()
    return {line.split("\t")[1]: line.split()[0] for line in lines}


def test_a_branch_holds_the_files_of_the_folder_at_the_path_and_nothing_else(repository: Path, folder: Path) -> None:
    commit = publish(repository, folder, "rendered/dev", "develop", "Render dev")
    assert git(repository, "rev-parse", "develop").strip() == commit
    assert set(entries(repository, "develop")) == {
        "rendered/dev/config.yaml",
        "rendered/dev/1-manifest/deployment.yaml",
    }
    assert git(repository, "show", "develop:rendered/dev/config.yaml") == "kind: ConfigMap\n"


def test_unchanged_content_makes_no_new_commit(repository: Path, folder: Path) -> None:
    first = publish(repository, folder, "rendered/dev", "develop", "one")
    assert publish(repository, folder, "rendered/dev", "develop", "another") == first
    assert git(repository, "rev-list", "--count", "develop").strip() == "1"


def test_a_change_becomes_a_commit_on_top_without_what_is_gone(repository: Path, folder: Path) -> None:
    first = publish(repository, folder, "rendered/dev", "develop", "one")
    (folder / "config.yaml").unlink()
    (folder / "service.yaml").write_text("kind: Service\n")
    second = publish(repository, folder, "rendered/dev", "develop", "two")
    assert git(repository, "rev-parse", f"{second}^").strip() == first
    assert set(entries(repository, "develop")) == {
        "rendered/dev/service.yaml",
        "rendered/dev/1-manifest/deployment.yaml",
    }


def test_two_stacks_on_one_branch_leave_each_other_s_files_alone(repository: Path, folder: Path) -> None:
    publish(repository, folder, "rendered/staging", "staging", "Render staging")
    (folder / "config.yaml").write_text("kind: Secret\n")
    publish(repository, folder, "rendered/staging-eu", "staging", "Render staging-eu")

    assert {path.rpartition("/")[0] for path in entries(repository, "staging")} == {
        *("rendered/staging", "rendered/staging/1-manifest"),
        *("rendered/staging-eu", "rendered/staging-eu/1-manifest"),
    }
    (folder / "config.yaml").unlink()
    publish(repository, folder, "rendered/staging", "staging", "Render staging again")
    assert "rendered/staging/config.yaml" not in entries(repository, "staging")
    assert git(repository, "show", "staging:rendered/staging-eu/config.yaml") == "kind: Secret\n"


def test_branches_leave_each_other_alone(repository: Path, folder: Path) -> None:
    dev = publish(repository, folder, "rendered/dev", "develop", "one")
    production = publish(repository, folder, "rendered/production", "main", "one")
    assert git(repository, "rev-parse", "develop").strip() == dev
    assert git(repository, "rev-list", "--count", production).strip() == "1"


def test_files_have_one_mode_whatever_they_are_on_disk(repository: Path, folder: Path) -> None:
    (folder / "config.yaml").chmod(0o755)
    (folder / "link.yaml").symlink_to("config.yaml")
    publish(repository, folder, "p", "develop", "one")
    assert set(entries(repository, "develop").values()) == {"100644"}
    assert git(repository, "show", "develop:p/link.yaml") == "kind: ConfigMap\n"


def test_a_persons_settings_of_git_count_for_nothing(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text(
        "[user]\nname = A Person\nemail = person@example.com\n[core]\nautocrlf = input\n[commit]\ngpgsign = true\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "A Person")
    # As inside of a hook of the checkout.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "own.index"))
    (folder / ".gitattributes").write_text("* text eol=lf\n")
    (folder / "windows.yaml").write_bytes(b"a: 1\r\n")
    publish(repository, folder, "p", "develop", "one")
    monkeypatch.undo()
    assert git(repository, "cat-file", "-s", "develop:p/windows.yaml").strip() == "6"
    assert "Person" not in git(repository, "log", "-1", "--format=%an %ae %cn %ce", "develop")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "local", "rendered"]


def test_what_a_killed_run_left_does_not_stand_in_the_way(repository: Path, folder: Path) -> None:
    first = publish(repository, folder, "p", "develop", "one")
    left = [repository / "config.lock", repository / "publish.index.lock", repository / "refs/heads/develop.lock"]
    for lock in left:
        lock.touch()
    (repository / "publish.index").write_text("half an index")
    (folder / "config.yaml").write_text("kind: Secret\n")
    assert publish(repository, folder, "p", "develop", "two") != first
    assert not any(lock.exists() for lock in left)


def test_a_half_made_repository_is_completed(repository: Path, folder: Path) -> None:
    (repository / "refs").mkdir(parents=True)
    assert publish(repository, folder, "p", "develop", "one")


def test_several_at_once_take_turns(repository: Path, folder: Path) -> None:
    branches = [f"branch-{number}" for number in range(4)]
    with ThreadPoolExecutor(len(branches)) as pool:
        commits = list(pool.map(lambda branch: publish(repository, folder, "p", branch, "one"), branches))
    assert [git(repository, "rev-parse", branch).strip() for branch in branches] == commits


def test_an_empty_folder_is_refused_and_the_branch_stays(repository: Path, folder: Path, tmp_path: Path) -> None:
    first = publish(repository, folder, "p", "develop", "one")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"empty: there is no file to publish; `make render` writes them"):
        publish(repository, tmp_path / "empty", "p", "develop", "two")
    assert git(repository, "rev-parse", "develop").strip() == first


def test_a_branch_name_that_git_does_not_take_is_refused_in_one_sentence(repository: Path, folder: Path) -> None:
    with pytest.raises(UserError, match=r"gitops\.git: `git update-ref` failed: .*no\.\.branch") as raised:
        publish(repository, folder, "p", "no..branch", "one")
    assert "\n" not in str(raised.value)


def test_without_git_the_error_says_what_to_install(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"git is not on PATH.*apt-get install git"):
        publish(repository, folder, "p", "develop", "one")
