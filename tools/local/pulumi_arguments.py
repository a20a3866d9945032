"""A command line of `pulumi`, read as Pulumi reads it: options come before, between and after the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_WITH_VALUE = frozenset(
    [
        "color",
        "config",
        "config-file",
        "cwd",
        "exclude",
        "memprofilerate",
        "message",
        "otel-traces",
        "parallel",
        "policy-pack",
        "policy-pack-config",
        "profiling",
        "replace",
        "secrets-provider",
        "stack",
        "target",
        "target-replace",
        "tracing",
        "tracing-header",
        "type",
        "verbose",
    ]
)
"""Options whose value can be the next argument; one that is not listed takes none."""
_SHORT = {
    "C": "cwd",
    "c": "config",
    "m": "message",
    "p": "parallel",
    "s": "stack",
    "t": "target",
    "v": "verbose",
}
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


@dataclass(frozen=True)
class PulumiArguments:
    """What a command line says.

    Args:
        words: the command, its subcommand and what it is about, without options.
        options: by their long name; of one that is given twice the last, as for Pulumi.
    """

    words: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, arguments: Sequence[str]) -> PulumiArguments:
        """Read what follows `pulumi`."""
        read, rest = cls(), list(arguments)
        while rest:
            argument = rest.pop(0)
            if argument == "--":
                read.words.extend(rest)
                break
            if argument.startswith("--"):
                name, equals, value = argument[2:].partition("=")
                read._take(name, value if equals else None, rest)
            elif argument.startswith("-") and argument != "-":
                read._take_short(argument[1:], rest)
            else:
                read.words.append(argument)
        return read

    def is_on(self, option: str) -> bool:
        """Return whether an option that takes no value is given, and not as `--option=false`."""
        return self.options.get(option) in _TRUE

    def _take(self, name: str, value: str | None, rest: list[str]) -> None:
        if value is None and name in _WITH_VALUE:
            value = rest.pop(0) if rest else None
        elif value is None:
            value = "true"
        if value is not None:
            self.options[name] = value

    def _take_short(self, letters: str, rest: list[str]) -> None:
        """Take letters behind one hyphen: the first that takes a value gets all that follows."""
        for position, letter in enumerate(letters):
            after = letters[position + 1 :]
            if letter in _SHORT:
                self._take(_SHORT[letter], after.removeprefix("=") if after else None, rest)
                break
            if after.startswith("="):
                break
