"""A folder whose files nobody changes once they are there, and how to see that one is damaged or missing."""

import hashlib
from pathlib import Path

_SEAL = "sha256"


def seal(folder: Path) -> None:
    """Write down what the files of a folder hold."""
    (folder / _SEAL).write_text(_digest(folder))


def is_intact(folder: Path) -> bool:
    """Say whether the files of a folder are what they were when it was sealed; False where it never was."""
    try:
        return (folder / _SEAL).read_bytes() == _digest(folder).encode()
    except OSError:
        return False


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.name != _SEAL):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
