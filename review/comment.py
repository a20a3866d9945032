"""`python3 -I review/comment.py`: posts a report as one comment on a pull request, which each run updates.

It uses only this file and the standard library, so that nothing is installed where there is a right to write; and `-I`
keeps Python from importing modules from the current folder. The repository and the token come from GITHUB_REPOSITORY
and GITHUB_TOKEN, as on GitHub's runner.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

LIMIT = 65_536
"""The most characters that GitHub accepts."""

MARKER = "<!-- smarthr360: what this change does -->"
"""The last, invisible line of every comment of ours, by which a comment is found again to be updated."""

_SAFE = re.compile(r"https://|http://127\.0\.0\.1[:/]")
_SECONDS = 30  # for any answer
_LARGEST = 4 * LIMIT + 1  # bytes; a character has four at most
_OWN = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 100, after: $after) {
        nodes { databaseId body viewerDidAuthor }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""


class CommentError(Exception):
    """A person can fix this; the message is a sentence that says how."""


@dataclass(frozen=True)
class Place:
    """Where comments are posted.

    Args:
        repository: owner and name.
        token: has the right to write comments there; no message contains it.
        rest: the URL of GitHub's REST API.
        graphql: the URL of its GraphQL API, the only one that says whether the token's owner wrote a comment.
        run: the page of the workflow's run; "" if a person runs this.
    """

    repository: str
    token: str
    rest: str
    graphql: str
    run: str

    @classmethod
    def from_environment(cls) -> Place:
        """Read what GitHub's runner sets.

        Raises:
            CommentError: something is missing, or the token would be sent unencrypted.
        """
        known = os.environ.get
        missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not known(name)]
        if missing:
            raise CommentError(
                f"{' and '.join(missing)} not set; type `export GITHUB_REPOSITORY=owner/name GITHUB_TOKEN=...`, "
                "with a token that is allowed to write comments on pull requests"
            )
        rest = known("GITHUB_API_URL") or "https://api.github.com"
        graphql = known("GITHUB_GRAPHQL_URL") or "https://api.github.com/graphql"
        for url in (rest, graphql):
            if not _SAFE.match(url):
                raise CommentError(f"{url} is not an https:// address, so the token would be sent unencrypted")
        repository, number = os.environ["GITHUB_REPOSITORY"], known("GITHUB_RUN_ID")
        run = f"{known('GITHUB_SERVER_URL') or 'https://github.com'}/{repository}/actions/runs/{number}"
        return cls(repository, os.environ["GITHUB_TOKEN"], rest, graphql, run if number else "")

    def call(self, method: str, path: str, content: object = None) -> Any:
        """Call the REST API and return its answer.

        Raises:
            CommentError: GitHub refuses, or can't be reached.
        """
        return self._ask(method, f"{self.rest}/repos/{self.repository}/{path}", content)

    def query(self, text: str, variables: dict[str, object]) -> Any:
        """Call the GraphQL API and return its data.

        Raises:
            CommentError: GitHub refuses, or can't be reached.
        """
        answer = self._ask("POST", self.graphql, {"query": text, "variables": variables})
        if answer.get("errors"):
            raise CommentError(f"GitHub refuses: {answer['errors'][0].get('message', 'no reason given')}")
        return answer["data"]

    def _ask(self, method: str, url: str, content: object) -> Any:
        request = urllib.request.Request(url, method=method)  # noqa: S310 - `from_environment` checks the scheme
        # An unredirected header is never sent to another host.
        request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        request.add_header("Accept", "application/vnd.github+json")
        request.add_header("X-GitHub-Api-Version", "2022-11-28")
        if content is not None:
            request.data = json.dumps(content).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise CommentError(_refused(error)) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise CommentError(
                f"GitHub can't be reached or understood ({reason}); run the same command again"
            ) from None


def post(place: Place, pull_request: int, report: str) -> str:
    """Post the comment, or update it and delete further ones of ours.

    Args:
        place: where.
        pull_request: its number.
        report: Markdown; its last line is `MARKER`.

    Returns:
        What was done, in a sentence.

    Raises:
        CommentError: the report does not end with the marker or is too long, or GitHub refuses it.
    """
    if not _ends_with_marker(report):
        raise CommentError("the report does not end with its marker; type `python -m review diff --format markdown`")
    if len(report) > LIMIT:
        raise CommentError(f"the report has {len(report):,} characters; GitHub accepts {LIMIT:,}")
    body = {"body": _with_link(report, place.run)}
    own = list(_own(place, pull_request))
    if not own:
        place.call("POST", f"issues/{pull_request}/comments", body)
        return f"commented on pull request {pull_request}"
    place.call("PATCH", f"issues/comments/{own[0]}", body)
    for left_over in own[1:]:
        place.call("DELETE", f"issues/comments/{left_over}")
    return f"updated the comment on pull request {pull_request}"


def _ends_with_marker(text: str) -> bool:
    """Whether the last line is exactly the marker; the change under review writes the report."""
    return (text.rstrip().rsplit("\n", 1) or [""])[-1] == MARKER


def _own(place: Place, pull_request: int) -> Iterator[int]:
    """The comments by this token's owner that end with the marker; others that quote it are left alone."""
    owner, _, name = place.repository.partition("/")
    after: str | None = None
    while True:
        variables = {"owner": owner, "name": name, "number": pull_request, "after": after}
        comments = place.query(_OWN, variables)["repository"]["pullRequest"]["comments"]
        for comment in comments["nodes"]:
            if comment["viewerDidAuthor"] and _ends_with_marker(comment["body"]):
                yield comment["databaseId"]
        if not comments["pageInfo"]["hasNextPage"]:
            return
        after = comments["pageInfo"]["endCursor"]


def _with_link(report: str, run: str) -> str:
    """If there is room, link the run, which has the HTML report, before the marker."""
    linked = (
        report.rstrip().removesuffix(MARKER) + f"<sub>[The run]({run}) has the page with all objects.</sub>\n{MARKER}\n"
    )
    return linked if run and len(linked) <= LIMIT else report


def _refused(error: urllib.error.HTTPError) -> str:
    answer = f"GitHub answers {error.code} {http.client.responses.get(error.code, '')}".strip()
    if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"{answer}; GITHUB_TOKEN has to be allowed to write comments (`pull-requests: write`)"
    if error.code == HTTPStatus.NOT_FOUND:
        return f"{answer}; check GITHUB_REPOSITORY, the pull request's number, and what the token is allowed to see"
    return f"{answer}; run the same command again"


def _content(file: Path) -> str:
    """The content of a file that the change under review has written; a link could lead to a secret file."""
    opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(opened, "rb") as reading:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise CommentError(f"{file} is not a plain file; name another one with --file")
        return reading.read(_LARGEST).decode(errors="replace")


def main() -> int:
    """Post the content of a file."""
    parser = argparse.ArgumentParser(prog="python3 -I review/comment.py", description=__doc__)
    parser.add_argument("--pull-request", type=int, required=True, metavar="NUMBER", help="its number")
    parser.add_argument("--file", type=Path, required=True, help="what `python -m review diff --format markdown` wrote")
    arguments = parser.parse_args()
    try:
        report = _content(arguments.file)
        done = post(Place.from_environment(), arguments.pull_request, report)
    except OSError as error:
        sys.stderr.write(f"error: {arguments.file} can't be read ({error.strerror}); name another one with --file\n")
    except CommentError as error:
        sys.stderr.write(f"error: {error}\n")
    else:
        sys.stdout.write(f"{done}\n")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
