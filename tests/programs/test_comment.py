"""One comment on a pull request, with a stand-in for GitHub's API on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from review import comment
from review.comment import LIMIT, MARKER, CommentError, Place
from review.reports import markdown
from tests.support.github import REPOSITORY, TOKEN, GitHub, github
from tests.support.reports import report
from tests.support.stacks import ROOT

REPORT = f"**Nothing changes.**\n\n{MARKER}\n"


@pytest.fixture
def host() -> Iterator[GitHub]:
    with github() as running:
        yield running


@pytest.fixture
def place(host: GitHub) -> Place:
    return Place(REPOSITORY, TOKEN, host.url, f"{host.url}/graphql", "")


def with_(text: str) -> str:
    return f"{text}\n{MARKER}\n"


def test_twice_is_one_comment_with_what_is_new(host: GitHub, place: Place) -> None:
    assert comment.post(place, 7, with_("first")) == "commented on pull request 7"
    assert comment.post(place, 7, with_("second")) == "updated the comment on pull request 7"

    assert host.bodies(7) == [with_("second")]


def test_what_others_say_stays_even_where_they_quote_the_marker(host: GitHub, place: Place) -> None:
    host.add(7, "somebody", with_("not ours"))
    host.add(7, "github-actions[bot]", "of another workflow")
    host.add(8, "github-actions[bot]", with_("of another pull request"))

    comment.post(place, 7, with_("ours"))
    comment.post(place, 7, with_("ours, again"))

    assert host.bodies(7) == [with_("not ours"), "of another workflow", with_("ours, again")]
    assert host.bodies(8) == [with_("of another pull request")]


@pytest.mark.parametrize(
    "body",
    [
        "another marker\n<!-- coverage -->\n",
        f"quoted\n> {MARKER}\n",
        f"in a line of more {MARKER}",
        f"{MARKER}\nbefore the end\n",
        f"in a fence\n```\n{MARKER}\n```\n",
    ],
)
def test_another_comment_of_the_same_author_is_neither_changed_nor_deleted(
    body: str, host: GitHub, place: Place
) -> None:
    host.add(7, "github-actions[bot]", body)
    comment.post(place, 7, with_("first"))
    host.add(7, "github-actions[bot]", body)

    comment.post(place, 7, with_("second"))
    assert host.bodies(7) == [body, with_("second"), body]


def test_it_is_found_among_hundreds(host: GitHub, place: Place) -> None:
    for number in range(150):
        host.add(7, "somebody", f"comment {number}")
    comment.post(place, 7, with_("first"))
    for number in range(150):
        host.add(7, "somebody", f"comment {number}")

    comment.post(place, 7, with_("second"))

    assert [body for body in host.bodies(7) if MARKER in body] == [with_("second")]


def test_what_two_runs_at_once_left_becomes_one(host: GitHub, place: Place) -> None:
    for text in ("one", "two", "three"):
        host.add(7, "github-actions[bot]", with_(text))

    comment.post(place, 7, with_("new"))

    assert host.bodies(7) == [with_("new")]


def test_the_page_of_the_run_is_linked_where_there_is_room(host: GitHub, place: Place) -> None:
    from_run = replace(place, run="https://github.com/smarthr360/platform/actions/runs/5")
    comment.post(from_run, 7, REPORT)
    full = "x" * (LIMIT - len(MARKER) - 2) + f"\n{MARKER}\n"
    comment.post(from_run, 8, full)

    assert "[The run](https://github.com/smarthr360/platform/actions/runs/5)" in host.bodies(7)[0]
    assert host.bodies(7)[0].endswith(f"\n{MARKER}\n")
    assert host.bodies(8) == [full]
    comment.post(from_run, 7, REPORT)
    assert len(host.bodies(7)) == 1


def test_what_review_diff_writes_is_accepted(host: GitHub, place: Place) -> None:
    comment.post(place, 7, markdown.render(report()))

    assert host.bodies(7) == [markdown.render(report())]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not end with its marker"),
        (f"{MARKER}\nand more\n", "does not end with its marker"),
        ("of another workflow\n<!-- another workflow -->\n", "does not end with its marker"),
        (f"> {MARKER}\n", "does not end with its marker"),
        ("x" * LIMIT + f"\n{MARKER}\n", "GitHub accepts 65,536"),
    ],
)
def test_what_is_no_report_is_not_sent(text: str, says: str, host: GitHub, place: Place) -> None:
    with pytest.raises(CommentError, match=says):
        comment.post(place, 7, text)
    assert host.asked == []


@pytest.mark.parametrize(
    ("token", "status", "says"),
    [
        (TOKEN, 500, "GitHub answers 500 Internal Server Error; run the same command again"),
        (TOKEN, 599, "GitHub answers 599; run the same command again"),
        (TOKEN, 404, "GitHub answers 404 Not Found; check GITHUB_REPOSITORY, the pull request's number"),
        ("of-nobody", 0, r"GitHub answers 401 Unauthorized; GITHUB_TOKEN has to be allowed to write comments"),
        ("of-a-fork", 0, r"GitHub answers 403 Forbidden; GITHUB_TOKEN has to be allowed to write comments"),
    ],
)
def test_what_github_refuses_is_a_sentence_without_the_token(
    token: str, status: int, says: str, host: GitHub, place: Place
) -> None:
    host.status = status
    host.tokens["of-a-fork"] = ("github-actions[bot]", False)

    with pytest.raises(CommentError, match=says) as refused:
        comment.post(replace(place, token=token), 7, REPORT)
    assert token not in str(refused.value)
    assert host.bodies(7) == []


def test_a_host_that_is_away_is_a_sentence(place: Place) -> None:
    away = replace(place, rest="http://127.0.0.1:1", graphql="http://127.0.0.1:1/graphql")

    with pytest.raises(CommentError, match=r"GitHub can't be reached or understood \(.*refused\); run the same"):
        comment.post(away, 7, REPORT)


def test_an_unknown_repository_is_a_sentence(place: Place) -> None:
    with pytest.raises(CommentError, match="GitHub refuses: Could not resolve to a Repository"):
        comment.post(replace(place, repository="smarthr360/else"), 7, REPORT)


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_RUN_ID", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    with pytest.raises(CommentError, match=r"^GITHUB_TOKEN not set"):
        Place.from_environment()

    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    plain = Place.from_environment()
    assert (plain.rest, plain.graphql, plain.run) == ("https://api.github.com", "https://api.github.com/graphql", "")

    monkeypatch.setenv("GITHUB_API_URL", "http://github.example.com/api/v3")
    with pytest.raises(CommentError, match="not an https:// address") as refused:
        Place.from_environment()
    assert TOKEN not in str(refused.value)


@pytest.fixture
def typed(host: GitHub, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a checkout over which somebody has put modules of the names that it imports."""
    checkout = tmp_path / "checkout"
    for folder in ("ops", "review"):  # workflows name the first one for a release more
        (checkout / folder).mkdir(parents=True)
        shutil.copy(ROOT / folder / "comment.py", checkout / folder)
    for name in (
        "argparse",
        "json",
        "stat",
        "urllib",
        "review/errors",
        "review/json",
        "sitecustomize",
        "usercustomize",
    ):
        (checkout / f"{name}.py").write_text("import os\nos.write(1, b'not ours')\nos._exit(9)\n")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(checkout), "HOME": str(checkout)}
        return subprocess.run(
            [sys.executable, "-I", "ops/comment.py", *arguments],
            env={**environment, **host.environment()},
            cwd=checkout,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_it_needs_nothing_that_is_installed_or_lies_around_and_reports_faults_without_a_traceback(
    host: GitHub, tmp_path: Path, typed: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    file = tmp_path / "report.md"
    file.write_text(REPORT)
    good = typed("--pull-request", "7", "--file", str(file))
    bad = typed("--pull-request", "7", "--file", str(tmp_path / "none.md"))

    assert (good.returncode, good.stdout, good.stderr) == (0, "commented on pull request 7\n", "")
    assert host.bodies(7) == [REPORT]
    assert bad.returncode == 1
    assert bad.stderr == (
        f"error: {tmp_path}/none.md can't be read (No such file or directory); name another one with --file\n"
    )


@pytest.mark.parametrize("name", ["a link", "a pipe", "a folder", "a device", "bytes", "gigabytes"])
def test_a_file_that_is_not_a_report_is_refused_in_a_sentence_and_nothing_is_sent(
    name: str, host: GitHub, tmp_path: Path, typed: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    file, secret = tmp_path / "report.md", tmp_path / "secret"
    secret.write_text(f"a secret\n{MARKER}\n")
    make: dict[str, Callable[[], object]] = {
        "a link": lambda: file.symlink_to(secret),
        "a pipe": lambda: os.mkfifo(file),
        "a folder": file.mkdir,
        "a device": lambda: file.symlink_to("/dev/zero"),
        "bytes": lambda: file.write_bytes(b"\xff\xfe"),
        "gigabytes": lambda: file.open("w").truncate(2_000_000_000),
    }
    make[name]()

    done = typed("--pull-request", "7", "--file", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert host.asked == []
