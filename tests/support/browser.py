"""A headless Chromium, spoken to over its DevTools protocol: what a person does with a page and sees of it."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = f"none of {', '.join(NAMES)} is on PATH; type `apt-get install chromium`"
_TIMEOUT = 60  # seconds, for any answer
_KEYS = {"Enter": (13, "\r"), " ": (32, " "), "Tab": (9, ""), "Escape": (27, ""), "/": (191, "/")}


def browser() -> str | None:
    """The path of a browser, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab.

    Attributes:
        events: what the browser has told of itself: requests, messages on the console, exceptions.
    """

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=_TIMEOUT, suppress_origin=True)
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']['message']}"
                return answer["result"]
            self.events.append(answer)

    def open(self, file: Path) -> None:
        """Open a page from disk and wait until it is there."""
        self.call("Page.navigate", url=file.resolve().as_uri())
        while self.run("document.readyState") != "complete" or self.run("location.protocol") != "file:":
            time.sleep(0.01)

    def run(self, script: str) -> Any:
        """Evaluate JavaScript in the page and return the value."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        code, text = _KEYS[key]
        common = {"key": key, "code": {" ": "Space", "/": "Slash"}.get(key, key), "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def write(self, text: str) -> None:
        """Write into what has the focus."""
        self.call("Input.insertText", text=text)

    def look(self, *, width: int = 1320, dark: bool = False) -> None:
        """Show the page on a screen of this width, in the colours that the person prefers."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def picture(self, file: Path, height: int, selector: str = "body") -> None:
        """Save a picture of the page, from the top of an element and so many pixels high."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        top = self.run(f"document.querySelector('{selector}').getBoundingClientRect().top + scrollY")
        clip = {"x": 0, "y": top, "width": size["width"], "height": min(size["height"] - top, height), "scale": 1}
        found = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(found["data"]))

    def printed(self) -> bytes:
        """The page as a PDF."""
        found = self.call("Page.printToPDF", printBackground=True)
        return base64.b64decode(found["data"])


@contextmanager
def opened(program: str) -> Iterator[Page]:
    """Start a browser with one empty tab, and end it.

    Args:
        program: the browser's path.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}", "--no-first-run"]
        options += ["--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        options += ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has no sandbox for root
        process = subprocess.Popen(
            [program, *options, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield Page(_address(Path(folder) / "DevToolsActivePort", process))
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _address(file: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        if file.is_file() and (found := file.read_text(encoding="utf-8").split()[:2]) and len(found) == 2:
            return f"ws://127.0.0.1:{found[0]}{found[1]}"
        time.sleep(0.05)
    raise RuntimeError(f"the browser did not start within {_TIMEOUT} s")
