"""Which environment a stack is, and what is its own by its name.

What an environment means (what is protected, which policies hold) comes from what the stack file says; what a stack
owns comes from the stack's name. So two stacks can be the same environment, and share nothing.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from checked import quote
from components.settings.types.names import DnsLabel

PRODUCTION = "production"
KNOWN = ("dev", "staging", PRODUCTION)
"""The well-known environments, in the order in which a change goes through them.

Only production means something to the settings. A stack with one of these names is that environment.
"""

_FILE = re.compile(r"Pulumi\.([\w.-]{1,100})\.yaml", re.ASCII)  # whatever else is there, Pulumi takes for no stack
_LONGEST_STACK = 63 - len("smarthr360-")


class EnvironmentName(DnsLabel):
    """Which environment a stack is: one of `KNOWN`, or another name; never what looks like one of them misspelt."""

    __slots__ = ()
    example = "dev"
    allowed = "dev, staging, production or a name of your own of lower-case letters, digits and hyphens such as qa"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if fault := super()._fault(text):
            return fault
        # It would silently have none of production's rules.
        meant = next((name for name in KNOWN if len(text) > 2 and name.startswith(text)), None) or next(
            (name for name in difflib.get_close_matches(text, KNOWN, n=1, cutoff=0.8) if name not in text), None
        )
        return f"looks like {meant}" if meant and meant != text else None


@dataclass(frozen=True)
class Identity:
    """What belongs to one stack and to no other, by the stack's name.

    Args:
        stack: the stack's name.
    """

    stack: str

    @property
    def application(self) -> str:
        """The name of its Argo CD Application."""
        return f"smarthr360-{self.stack}"

    @property
    def project(self) -> str:
        """The name of its AppProject."""
        return self.stack

    @property
    def rendered(self) -> str:
        """The folder of its rendered manifests, from the project's and from the repository's root."""
        return f"rendered/{self.stack}"

    @property
    def secret_key(self) -> str:
        """What its secrets are called in a secret manager, where the stack file does not say."""
        return f"smarthr360/{self.stack}"


def stacks(files: Iterable[str]) -> list[str]:
    """Return the existing stacks, in the order in which a change goes through them.

    Args:
        files: The names of all files in the project's folder, of which each `Pulumi.<stack>.yaml` is one stack's.
    """
    names = {match[1] for file in files if (match := _FILE.fullmatch(file))}
    return sorted(names, key=lambda stack: (KNOWN.index(stack) if stack in KNOWN else len(KNOWN), stack))


def fault(stack: str, environment: object) -> str | None:
    """Return why a stack can't have its name, as a sentence to follow a key; None where it can.

    Args:
        stack: The stack's name.
        environment: Which environment its file says it is, good or not.
    """
    if DnsLabel._fault(stack) or len(stack) > _LONGEST_STACK:
        return (
            f"the stack's name {quote(stack)} can't be part of its objects' names; allowed is a name of at most "
            f"{_LONGEST_STACK} lower-case letters, digits and hyphens such as staging-eu"
        )
    if stack == "default":
        return "the stack's name default is a project that Argo CD creates itself; allowed is another name"
    if stack in KNOWN and environment and environment != stack:
        return (
            f"{quote(str(environment))} is not the environment of a stack called {stack}; allowed is {stack}, or "
            "a stack with another name"
        )
    return None
