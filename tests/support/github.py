"""A stand-in for GitHub's API on loopback: the comments of pull requests, as far as `review.comment` asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.loopback import Handler, serving

REPOSITORY = "smarthr360/platform"
TOKEN = "not-a-real-github-token"
PAGE = 100  # comments on one


@dataclass
class Comment:
    """One comment.

    Attributes:
        number: what it is known by.
        author: who wrote it.
        body: Markdown.
    """

    number: int
    author: str
    body: str


@dataclass
class GitHub:
    """What the stand-in knows.

    Attributes:
        url: where it answers.
        comments: of each pull request, the oldest first.
        asked: every request: method and path.
        tokens: who may do what: a token's name, and whether it may write.
        status: what it answers instead of anything else; 0 for nothing.
    """

    url: str
    comments: dict[int, list[Comment]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, tuple[str, bool]] = field(default_factory=lambda: {TOKEN: ("github-actions[bot]", True)})
    status: int = 0

    def environment(self) -> dict[str, str]:
        """What the runner sets, and the token."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
        }

    def add(self, pull_request: int, author: str, body: str) -> Comment:
        """Somebody comments."""
        number = sum(map(len, self.comments.values())) + 1001
        made = Comment(number, author, body)
        self.comments.setdefault(pull_request, []).append(made)
        return made

    def bodies(self, pull_request: int) -> list[str]:
        """The comments of a pull request."""
        return [comment.body for comment in self.comments.get(pull_request, [])]

    def answer(self, method: str, path: str, token: str, content: Any) -> tuple[int, Any]:
        """What GitHub answers: a status, and what is in the body."""
        self.asked.append(f"{method} {path}")
        who, may_write = self.tokens.get(token, ("", False))
        if self.status or not who:
            return self.status or 401, {"message": "no"}
        if path == "/graphql":
            return 200, self._query(who, content["variables"])
        if not may_write:
            return 403, {"message": "Resource not accessible by integration"}
        prefix = f"/repos/{REPOSITORY}/issues/"
        place = path.removeprefix(prefix).split("/")
        if not path.startswith(prefix) or len(content["body"] if content else "") > 65_536:
            return 422, {"message": "no"}
        if method == "POST":
            return 201, {"id": self.add(int(place[0]), who, content["body"]).number}
        for comments in self.comments.values():
            for comment in comments:
                if str(comment.number) == place[1] and method == "PATCH":
                    comment.body = content["body"]
                    return 200, {"id": comment.number}
                if str(comment.number) == place[1]:
                    comments.remove(comment)
                    return 204, None
        return 404, {"message": "Not Found"}

    def _query(self, who: str, variables: dict[str, Any]) -> Any:
        if f"{variables['owner']}/{variables['name']}" != REPOSITORY:
            return {"data": None, "errors": [{"message": "Could not resolve to a Repository"}]}
        found, start = self.comments.get(variables["number"], []), int(variables["after"] or 0)
        nodes = [
            {"databaseId": comment.number, "body": comment.body, "viewerDidAuthor": comment.author == who}
            for comment in found[start : start + PAGE]
        ]
        more = {"hasNextPage": len(found) > start + PAGE, "endCursor": str(start + PAGE)}
        return {"data": {"repository": {"pullRequest": {"comments": {"nodes": nodes, "pageInfo": more}}}}}


@contextmanager
def github() -> Iterator[GitHub]:
    """Run the stand-in."""

    class Answering(Handler):
        def _answer(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, content = found.answer(self.command, self.path, token, json.loads(text) if text else None)
            self.answer(status, b"" if content is None else json.dumps(content).encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the protocol's names

    with serving(Answering) as url:
        found = GitHub(url)
        yield found
