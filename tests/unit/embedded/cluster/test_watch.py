"""Listing and watching for ever, while the API server comes and goes."""

import threading
import time
from typing import Any
from unittest import mock

import pytest

from tools.embedded.cluster.watch import watch


class _Answers:
    """A client's listing function that answers from a script: an error, a page, or a watch's events."""

    def __init__(self, *script: Exception | tuple[int, bytes]) -> None:
        self.script = list(script)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        if not self.script:
            raise KeyboardInterrupt  # the end of the test
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, data = answer
        response = mock.MagicMock(status=status, data=data, reason="reason")
        response.__iter__.return_value = iter(data.splitlines())
        return response


def test_after_an_error_everything_is_listed_and_watched_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    page = (200, b'{"metadata": {"resourceVersion": "7"}, "items": [{"n": 1}]}')
    collection = _Answers(
        OSError("refused"),
        (403, b"{}"),
        page,
        (200, b'{"type": "ADDED", "object": {"n": 2}}\n{"type": "DELETED", "object": {"n": 3}}'),
        page,
        (200, b'{"type": "ERROR", "object": {"code": 410}}\n{"type": "ADDED", "object": {"n": 4}}'),
    )
    served: list[int] = []
    seen = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        watch(collection, lambda item: served.append(item["n"]), seen)
    assert served == [1, 2, 1]
    assert pauses == [0.1, 0.2]
    assert seen.is_set()
    assert [arguments.get("resource_version") for arguments in collection.asked] == [
        None,
        None,
        None,
        "7",
        None,
        "7",
        None,
    ]


def test_pauses_grow_only_to_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    seen = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        watch(_Answers(*[OSError("refused")] * 8), lambda _item: None, seen)
    assert max(pauses) == 1.0
    assert not seen.is_set()
