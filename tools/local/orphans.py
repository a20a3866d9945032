"""Processes that a killed Pulumi leaves: its language host, our program and the provider do not notice its end."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from tools.embedded.cluster import processes
from tools.embedded.cluster.processes import Process


def stop_orphans(root: Path) -> int:
    """Stop what dead engines of a checkout have left; how many processes that was.

    An engine's plugins are started with its address as an argument, and nobody answers there once it is dead.

    Args:
        root: the checkout, whose path is in the command lines of the program and of the provider.
    """
    ours = processes.containing(f"--root_directory {root} ") + processes.containing(f"{root}/.local/pulumi/plugins/")
    addresses = {address for process in ours if (address := _engine(process)) and not _answers(address)}
    victims = [
        process
        for address in addresses
        for process in processes.containing(address)
        if "/pulumi-language-python" in process.command or "/pulumi-resource-" in process.command
    ]
    processes.stop(victims, grace=2)
    return len(victims)


def _engine(process: Process) -> str | None:
    """The engine's address: the program's --engine, or a plugin's last argument."""
    address = re.search(r"--engine (127\.0\.0\.1:\d+)|(127\.0\.0\.1:\d+)$", process.command)
    return (address[1] or address[2]) if address else None


def _answers(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
