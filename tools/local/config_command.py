"""`pulumi config` about secrets, in `make env`'s shell: what it writes, only this machine could decrypt.

So it works on this machine's own stack file rather than on the committed one, where nobody would ever read it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stack_file import PROJECT

_SECRET = re.compile(rf"({PROJECT}:)?secrets([.\[].*)?", re.DOTALL)
_WITH_VALUE = ("-s", "--stack", "-C", "--cwd", "--color", "-v", "--verbose", "--tracing", "--profiling", "--type")
"""Options after which a value stands that is not the key."""


def is_about_secrets(arguments: Sequence[str]) -> bool:
    """Return whether a command line reads or writes a secret of a stack, or would encrypt another key.

    Args:
        arguments: What follows `pulumi`.
    """
    if arguments[:1] != ["config"] or any(argument.partition("=")[0] == "--config-file" for argument in arguments):
        return False
    if arguments[1:2] == ["set-all"]:
        return any(argument.startswith("--secret") or "secrets" in argument for argument in arguments[2:])
    if arguments[1:2] not in (["set"], ["get"], ["rm"]):
        return False
    return _encrypts(arguments) or bool(_SECRET.fullmatch(_key(arguments)))


def refusal(arguments: Sequence[str]) -> str | None:
    """Return why a command line of `is_about_secrets` is not passed on, and what to type; None where it is."""
    if arguments[1] == "set-all":
        return "secrets are set one by one: type `pulumi config set --path --secret KEY`, which asks for the value"
    if not _SECRET.fullmatch(_key(arguments)):
        return (
            f"only what is below {PROJECT}:secrets may be encrypted, every other key is plain text; leave out --secret"
        )
    if arguments[1] == "set" and not _encrypts(arguments):
        return f"what is below {PROJECT}:secrets is never written in plain text; add --secret"
    return None


def _encrypts(arguments: Sequence[str]) -> bool:
    return any(argument in ("--secret", "--secret=true") for argument in arguments)


def _key(arguments: Sequence[str]) -> str:
    """Return the first argument after `config set` that is no option."""
    before = arguments[1]
    for argument in arguments[2:]:
        if not argument.startswith("-") and before not in _WITH_VALUE:
            return argument
        before = argument
    return ""
