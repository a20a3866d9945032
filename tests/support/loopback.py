"""Serves HTTP on loopback for a stand-in, for as long as it is needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers requests, and does not print them."""

    def answer(self, status: int, body: bytes) -> None:
        """Send a whole answer, which is JSON."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """Serve on a free port of loopback.

    Args:
        handler: what answers each request.

    Yields:
        Where: `http://127.0.0.1:PORT`.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        # Not its connections: who keeps one open would be waited for.
        server.socket.close()
