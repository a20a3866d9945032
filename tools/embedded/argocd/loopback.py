"""Keep a port that a program opens to the network for this machine alone.

Two of Argo CD's controllers answer questions about their health and their counters at every address (0.0.0.0), and
have no option for it. Linux lets the owner of a process bind a socket of it that listens already to the loopback
interface; elsewhere the port stays open, and `confine` says so.
"""

import ctypes
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_PIDFD_GETFD = 438  # on every architecture; Python has no function for it


def confine(pid: int, port: int) -> bool:
    """Let a process accept connections on a port from this machine only.

    Args:
        pid: The process, which we have started.
        port: Where it listens.

    Returns:
        Whether it is so now. Before it listens it is not, nor where the system cannot do it (Linux before 5.7, macOS).
    """
    try:
        listening = list(_listening(pid, port))
        for copy in listening:
            with copy:
                copy.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    except (OSError, AttributeError):
        return False
    return bool(listening)


def _listening(pid: int, port: int) -> Iterator[socket.socket]:
    """The process's sockets that listen on a port: copies of its handles, so an option counts for it as well."""
    process = os.pidfd_open(pid)
    try:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if not str(handle.readlink()).startswith("socket:"):
                    continue
                copy = socket.socket(fileno=_copy(process, int(handle.name)))
            except OSError:
                # A busy program closes some meanwhile.
                continue
            internet = copy.family in (socket.AF_INET, socket.AF_INET6)
            listens = copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if internet and listens and copy.getsockname()[1] == port:
                yield copy
            else:
                copy.close()
    finally:
        os.close(process)


def _copy(process: int, handle: int) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    copy = library.syscall(_PIDFD_GETFD, process, handle, 0)
    if copy < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(copy)
