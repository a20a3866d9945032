"""A stand-in for Slack on loopback: it takes every message, and remembers how it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.loopback import Handler, serving


@dataclass(frozen=True)
class Message:
    """One request.

    Attributes:
        path: what was asked.
        headers: by name, as sent.
        body: as sent.
    """

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Slack:
    """What the stand-in has got.

    Attributes:
        url: where it answers.
        messages: every request, in order.
    """

    url: str
    messages: list[Message] = field(default_factory=list)

    def told(self) -> list[tuple[str, str]]:
        """The channel and the text of every message."""
        bodies = [json.loads(message.body) for message in self.messages]
        return [(body["channel"], body["text"]) for body in bodies]

    def texts(self, channel: str) -> list[str]:
        """The texts that one channel was told."""
        return [text for told, text in self.told() if told == channel]

    def about(self, channel: str, commit: str) -> list[str]:
        """Those of them that name a commit."""
        return [text for text in self.texts(channel) if f"`{commit[:7]}`" in text]


@contextmanager
def slack() -> Iterator[Slack]:
    """Run the stand-in."""

    class Answering(Handler):
        def do_POST(self) -> None:  # noqa: N802 - the protocol's name
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.messages.append(Message(self.path, dict(self.headers.items()), body))
            self.answer(200, json.dumps({"ok": True, "channel": "C0", "ts": "1"}).encode())

    with serving(Answering) as url:
        found = Slack(f"{url}/api/")
        yield found
