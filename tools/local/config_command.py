"""What `pulumi` would write into a committed file in `make env`'s shell, though only this machine could read it.

A secret goes into this machine's own stack file instead; what would write all that only this machine knows is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stack_file import PROJECT
from tools.local.pulumi_arguments import PulumiArguments

_SECRET = re.compile(rf'(\[")?({PROJECT}:)?(config:)?(\[")?secrets("\])?([.\[].*)?', re.DOTALL)
_REFUSED = {
    "config cp": "it copies what only this machine knows; copy the lines from one Pulumi.<stack>.yaml to another",
    "config refresh": "it writes what only this machine knows into the committed file; `git restore` undoes edits",
    "stack change-secrets-provider": "here everything is encrypted with this machine's own passphrase",
    "stack init": "a stack is its file: write Pulumi.<stack>.yaml, then type `make up STACK=<stack>`",
    "stack rename": "a stack is its file: type `make destroy STACK=<stack>`, rename the file, then type `make up`",
}


def refused(arguments: Sequence[str]) -> str | None:
    """Return why a command is not passed on, whatever it is about; None where it is.

    Args:
        arguments: What follows `pulumi`.
    """
    command = " ".join(PulumiArguments.read(arguments).words[:2])
    return f"`pulumi {command}` is not for the embedded cluster: {_REFUSED[command]}" if command in _REFUSED else None


def is_about_secrets(arguments: Sequence[str]) -> bool:
    """Return whether a command line reads or writes a secret of a stack, or would encrypt another key.

    Args:
        arguments: What follows `pulumi`.
    """
    line = PulumiArguments.read(arguments)
    if line.words[:1] != ["config"] or "config-file" in line.options:
        return False
    if line.words[1:2] == ["set-all"]:
        return any(argument.startswith("--secret") or "secrets" in argument for argument in arguments)
    if line.words[1:2] not in (["set"], ["get"], ["rm"]):
        return False
    return line.is_on("secret") or _names_a_secret(line)


def refusal(arguments: Sequence[str]) -> str | None:
    """Return why a command line of `is_about_secrets` is not passed on, and what to type; None where it is."""
    line = PulumiArguments.read(arguments)
    if line.words[1] == "set-all":
        return "secrets are set one by one: type `pulumi config set --path --secret KEY`, which asks for the value"
    if not _names_a_secret(line):
        return (
            f"only what is below {PROJECT}:secrets can be encrypted, every other key is plain text; leave out --secret"
        )
    if line.words[1] == "set" and not line.is_on("secret"):
        return f"what is below {PROJECT}:secrets is never written in plain text; add --secret"
    return None


def _names_a_secret(line: PulumiArguments) -> bool:
    return bool(_SECRET.fullmatch("".join(line.words[2:3])))
