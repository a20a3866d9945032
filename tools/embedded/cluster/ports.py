"""Loopback ports that are remembered, so that a cluster and its Argo CD answer at the same ones after each start."""

import json
import random
import socket
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from errors import UserError
from files import write_private

LOOPBACK = "127.0.0.1"

Ports = Mapping[str, int]
"""Ports by their names."""

# Below every system's range of outgoing ports (Linux starts at 32768, macOS at 49152): a remembered port is not
# handed to a passing connection while nothing listens on it.
_RANGE = range(20000, 32000)


def is_free(port: int) -> bool:
    """Say whether nothing listens on a loopback port."""
    with socket.socket() as probe:
        # As the servers do it: the rest of a closed connection (TIME_WAIT) does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(taken: Collection[int]) -> int:
    """Choose a free loopback port.

    Args:
        taken: Ports that are promised to somebody already.

    Raises:
        UserError: No port is free.
    """
    for port in random.sample(_RANGE, len(_RANGE)):
        if port not in taken and is_free(port):
            return port
    raise UserError(f"no free port on {LOOPBACK} from {_RANGE.start} to {_RANGE.stop - 1}")


def read_ports(path: Path) -> Ports:
    """Read the remembered ports: those that are valid and different; none where the file is missing or damaged."""
    try:
        ports = dict(json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return {}
    owners = {port: name for name, port in ports.items() if type(port) is int and 0 < port < 65536}
    return {name: port for port, name in owners.items()}


def write_ports(path: Path, ports: Ports) -> None:
    """Remember the ports."""
    write_private(path, json.dumps(ports, indent=2) + "\n")


def complete_ports(remembered: Ports, names: Mapping[str, Sequence[str]], running: Collection[str]) -> Ports:
    """Choose the ports that are missing, and others for those that somebody else has taken meanwhile.

    Args:
        remembered: The ports so far.
        names: The names of each component's ports, by the component's name.
        running: The components that run, and listen on their ports.
    """
    kept = {name for component, own in names.items() for name in own if component in running}
    wanted = [name for own in names.values() for name in own]
    ports = {name: port for name, port in remembered.items() if name in kept or (name in wanted and is_free(port))}
    for name in wanted:
        if name not in ports:
            ports[name] = free_port(ports.values())
    return ports
