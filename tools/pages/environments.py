"""The page that puts the environments side by side, value by value, written from the stack files and the models."""

from errors import UserError
from tools.pages.markdown import table
from tools.stack_values import LEAVES, MADE_LOCALLY, StackFile, Value, read, stacks

HEAD = f"""\
# The environments, side by side

<!-- Written by `make docs` from the stack files and components/settings; change those. -->

What every key is worth in each environment. A value marked "default" is in no stack file. The keys of
`{"` and `".join(MADE_LOCALLY)}` are not on this page: each cluster has its own.

- `make explain STACK=production KEY=api.autoscaling.max` says which line or which model a value comes from.
- [Configuration](configuration.md) says what each key means and what is allowed.
"""


def page() -> str:
    """Return the page as Markdown.

    Raises:
        UserError: The program refuses one of the stack files.
    """
    files = [read(name) for name in stacks()]
    faults = [f"{file.path}: {fault}" for file in files for fault in file.faults()]
    if faults:
        raise UserError(*faults)
    differ: list[tuple[str, ...]] = []
    same: dict[str, list[tuple[str, str]]] = {}
    for leaf in LEAVES.values():
        group, _, below = leaf.key.partition(".")
        if group in MADE_LOCALLY:
            continue
        values = [file.value(leaf) for file in files]
        if any(value.value != values[0].value for value in values):
            differ.append((f"`{leaf.key}`", *map(_cell, values)))
        else:
            same.setdefault(group if below else "", []).append((f"`{leaf.key}`", _shared(files, values)))
    parts = [
        HEAD,
        "## What differs\n",
        table(["Key", *(file.name for file in files)], differ),
        "## What is the same everywhere\n",
    ]
    for group, rows in same.items():
        parts += [f"### {f'`{group}`' if group else 'The environment'}\n", table(["Key", "Value"], rows)]
    return "\n".join(parts)


def _cell(value: Value) -> str:
    """Return what one environment's column says."""
    return _marked(value, " (default)" if value.line is None else "")


def _shared(files: list[StackFile], values: list[Value]) -> str:
    """Return the one cell for all environments, some of which can spell out what the others have by default."""
    silent = [file.name for file, value in zip(files, values, strict=True) if value.line is None]
    where = "" if len(silent) == len(values) else f" in {', '.join(silent)}"
    return _marked(values[0], f" (default{where})" if silent else "")


def _marked(value: Value, mark: str) -> str:
    if value.value is None:
        return value.text
    return f"{value.text}{mark}" if value.value == () else f"`{value.text}`{mark}"
