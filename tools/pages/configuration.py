"""The reference page of the configuration, written from the models that read it."""

from collections.abc import Iterable, Iterator

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from components.settings import NAMESPACE
from components.settings.schema import Leaf, is_model, leaves, type_of
from components.settings.stack import FIELDS
from tools.pages.markdown import table
from tools.stack_values import around, inside, meaning, required, shown

HEAD = f"""\
# Configuration

<!-- Written by `make docs` from components/settings; change the models, not this page. -->

A stack's configuration is in `Pulumi.<stack>.yaml`, every key under the prefix `{NAMESPACE}`. The committed files
hold what makes one environment different from the others, and nothing else: no cluster, no secret, no default.

- YAML is read as Pulumi reads it: `yes` and `10:00` are text, `017` is fifteen. What would not arrive as it is written
  (a date, a number beyond 9007199254740992, a tag, a number as a key) is refused with its line; put texts in quotes.
- Set a key with `pulumi config set --path {NAMESPACE}api.autoscaling.max 5`, a secret with
  `pulumi config set --path --secret {NAMESPACE}secrets.dbPassword` (it asks for the value).
- A key that is not given keeps its default, whatever else of its group is given.
- Whatever is wrong is refused before anything is made, all faults together, one sentence each.
- The keys of `cluster` and `secrets` are set by `make up` for the embedded cluster.
"""


def page() -> str:
    """Return the reference page as Markdown."""
    plain = {key: field for key, field in FIELDS.items() if not is_model(type_of(field))}
    parts = [HEAD, "## The environment\n", _table(plain.items())]
    for key, field in FIELDS.items():
        if key not in plain:
            parts += [f"## `{key}`\n", f"{field.description}\n", _table([(key, field)])]
    return "\n".join(parts)


def _table(fields: Iterable[tuple[str, FieldInfo]]) -> str:
    rows = (
        row
        for key, field in fields
        for leaf in leaves(type_of(field), field, key, field.default)
        for row in (*_objects(leaf), _row(leaf), *map(_row, inside(leaf)))
    )
    return table(["Key", "Allowed", "Default", "Meaning"], dict.fromkeys(rows))


def _objects(leaf: Leaf) -> Iterator[tuple[str, ...]]:
    """Yield a row for each object around a key that may be left out: what leaving it out means is said nowhere else."""
    for key in around(leaf):
        yield f"`{key}`", "an object", "none", meaning(key)


def _row(leaf: Leaf) -> tuple[str, ...]:
    return f"`{leaf.key}`", leaf.words, _default(leaf), str(leaf.field.description)


def _default(leaf: Leaf) -> str:
    if required(leaf):
        where = " in each" if "[]." in leaf.key else "" if leaf.required else f" in `{around(leaf)[-1]}`"
        return f"**required**{where}"
    if leaf.default in (None, (), {}) or leaf.type is SecretStr:
        return "none"
    return f"`{shown(leaf.default)}`"
