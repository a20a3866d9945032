"""Stack files as we write them: each text in quotes where any reader might take it for something else."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from stack_file.scalars import AmbiguousError, resolve

_UNMISTAKABLE = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]*[A-Za-z0-9]")


class _Dumper(yaml.SafeDumper):
    """PyYAML quotes what it would itself read otherwise, and the engine reads more otherwise: `1234e56`, `0o17`."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Write what occurs twice twice, as it was read."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if _is_plain(text) else '"')


def _is_plain(text: str) -> bool:
    try:
        return bool(_UNMISTAKABLE.fullmatch(text)) and resolve(text) == text
    except AmbiguousError:
        return False


_Dumper.add_representer(str, _text)


def dump(content: Mapping[str, object]) -> str:
    """Return a stack file that the engine and `parse` read as exactly this.

    Args:
        content: What it is to hold: `config` and what else belongs into a stack file.
    """
    return yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, width=10_000)
