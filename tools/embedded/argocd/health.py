"""Ask each of Argo CD's processes whether it does its work."""

import http.client
import socket
from http import HTTPStatus

from tools.embedded.argocd.components import Component
from tools.embedded.argocd.layout import ArgoLayout
from tools.embedded.cluster.ports import LOOPBACK

_TIMEOUT = 5.0  # seconds; an answer takes milliseconds on an idle machine


def is_healthy(layout: ArgoLayout, component: Component) -> bool:
    """Ask a process whether it does its work.

    The application controller answers only once it has seen all Applications and projects.

    Args:
        layout: Where the cache's password lies.
        component: The one to ask.
    """
    try:
        if component.health is None:
            return _redis_answers(component.port, layout.redis_password.read_text())
        return fetch(component.port, component.health)[0] == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def fetch(port: int, path: str) -> tuple[int, str]:
    """Ask a port of this machine for a page; status and body. Raises OSError and HTTPException."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


def _redis_answers(port: int, password: str) -> bool:
    with socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT) as connection:
        connection.sendall(_redis_command("AUTH", password) + _redis_command("PING"))
        lines = connection.makefile("rb")
        return [lines.readline(), lines.readline()] == [b"+OK\r\n", b"+PONG\r\n"]


def _redis_command(*words: str) -> bytes:
    return "".join((f"*{len(words)}\r\n", *(f"${len(word)}\r\n{word}\r\n" for word in words))).encode()
