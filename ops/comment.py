"""`python3 -m ops.comment`: a report as one comment on a pull request, updated at each run.

Standard library only: what has the right to write needs nothing installed. The repository and the token are taken from
the environment, as GitHub's runner names them: GITHUB_REPOSITORY and GITHUB_TOKEN.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ops.errors import OpsError

LIMIT = 65_536
"""The most characters that GitHub takes."""

_MARKER = re.compile(r"<!-- [^\n]+ -->")
_SAFE = re.compile(r"https://|http://127\.0\.0\.1[:/]")
_SECONDS = 30  # for any answer
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


@dataclass(frozen=True)
class Place:
    """Where comments go.

    Args:
        repository: owner and name.
        token: what may write there; it is in no message.
        rest: the address of GitHub's REST API.
        graphql: the address of its GraphQL API, which alone says who wrote a comment in terms of the token.
        run: the page of the workflow's run; "" where a person runs this.
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
            OpsError: something is missing, or the token would go over the network in plain sight.
        """
        known = os.environ.get
        missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not known(name)]
        if missing:
            raise OpsError(
                f"{' and '.join(missing)} not set; type `export GITHUB_REPOSITORY=owner/name GITHUB_TOKEN=...`, "
                "with a token that may write comments on pull requests"
            )
        rest = known("GITHUB_API_URL") or "https://api.github.com"
        graphql = known("GITHUB_GRAPHQL_URL") or "https://api.github.com/graphql"
        for url in (rest, graphql):
            if not _SAFE.match(url):
                raise OpsError(f"{url} is no https:// address, and the token would be sent in plain sight")
        repository, number = os.environ["GITHUB_REPOSITORY"], known("GITHUB_RUN_ID")
        run = f"{known('GITHUB_SERVER_URL') or 'https://github.com'}/{repository}/actions/runs/{number}"
        return cls(repository, os.environ["GITHUB_TOKEN"], rest, graphql, run if number else "")

    def call(self, method: str, path: str, content: object = None) -> Any:
        """Call the REST API; what it answers.

        Raises:
            OpsError: it refuses, or can't be reached.
        """
        return self._ask(method, f"{self.rest}/repos/{self.repository}/{path}", content)

    def query(self, text: str, variables: dict[str, object]) -> Any:
        """Call the GraphQL API; the data that it answers.

        Raises:
            OpsError: it refuses, or can't be reached.
        """
        answer = self._ask("POST", self.graphql, {"query": text, "variables": variables})
        if answer.get("errors"):
            raise OpsError(f"GitHub refuses: {answer['errors'][0].get('message', 'no reason given')}")
        return answer["data"]

    def _ask(self, method: str, url: str, content: object) -> Any:
        request = urllib.request.Request(url, method=method)  # noqa: S310 - `from_environment` looks at the scheme
        # Unredirected, and so never sent to another host.
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
            raise OpsError(_refused(error)) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise OpsError(f"GitHub can't be reached or understood ({reason}); run the same command again") from None


def post(place: Place, pull_request: int, report: str) -> str:
    """Make the comment, or bring it up to date; others of ours with the same marker are removed.

    Args:
        place: where.
        pull_request: its number.
        report: Markdown; its last line is an HTML comment, the marker by which the comment is found again.

    Returns:
        What was done, in a sentence.

    Raises:
        OpsError: it has no marker or is too long, or GitHub does not take it.
    """
    marker = (report.splitlines() or [""])[-1]
    if not _MARKER.fullmatch(marker):
        raise OpsError("the report does not end with its marker; `python -m ops diff --format markdown` writes one")
    if len(report) > LIMIT:
        raise OpsError(f"the report has {len(report):,} characters, and GitHub takes {LIMIT:,}")
    body = {"body": _with_link(report, marker, place.run)}
    found = list(_own(place, pull_request, marker))
    if not found:
        place.call("POST", f"issues/{pull_request}/comments", body)
        return f"commented on pull request {pull_request}"
    place.call("PATCH", f"issues/comments/{found[0]}", body)
    for left_over in found[1:]:
        place.call("DELETE", f"issues/comments/{left_over}")
    return f"updated the comment on pull request {pull_request}"


def _own(place: Place, pull_request: int, marker: str) -> Iterator[int]:
    """The comments that this token wrote and that end with the marker; who else writes it down stays untouched."""
    owner, _, name = place.repository.partition("/")
    after: str | None = None
    while True:
        variables = {"owner": owner, "name": name, "number": pull_request, "after": after}
        comments = place.query(_OWN, variables)["repository"]["pullRequest"]["comments"]
        for comment in comments["nodes"]:
            if comment["viewerDidAuthor"] and comment["body"].rstrip().endswith(marker):
                yield comment["databaseId"]
        if not comments["pageInfo"]["hasNextPage"]:
            return
        after = comments["pageInfo"]["endCursor"]


def _with_link(report: str, marker: str, run: str) -> str:
    """Where there is room, the page of the run stands before the marker: the HTML report hangs there."""
    linked = (
        report.rstrip().removesuffix(marker) + f"<sub>[The run]({run}) has the page with all objects.</sub>\n{marker}\n"
    )
    return linked if run and len(linked) <= LIMIT else report


def _refused(error: urllib.error.HTTPError) -> str:
    said = f"GitHub answers {error.code} {http.client.responses.get(error.code, '')}".strip()
    if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"{said}; GITHUB_TOKEN has to be one that may write comments (`pull-requests: write`)"
    if error.code == HTTPStatus.NOT_FOUND:
        return f"{said}; look at GITHUB_REPOSITORY, the number of the pull request, and what the token may see"
    return f"{said}; run the same command again"


def main() -> int:
    """Post what is in a file."""
    parser = argparse.ArgumentParser(prog="python3 -m ops.comment", description=__doc__)
    parser.add_argument("--pull-request", type=int, required=True, metavar="NUMBER", help="its number")
    parser.add_argument("--file", type=Path, required=True, help="what `python -m ops diff --format markdown` wrote")
    given = parser.parse_args()
    try:
        report = given.file.read_text(encoding="utf-8")
        done = post(Place.from_environment(), given.pull_request, report)
    except OSError as error:
        sys.stderr.write(f"error: {given.file} can't be read ({error.strerror}); name another one with --file\n")
    except OpsError as error:
        sys.stderr.write(f"error: {error}\n")
    else:
        sys.stdout.write(f"{done}\n")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
