"""The properties of a cloud's resources that a stack file overrides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from checked import nearest


class Overrides:
    """Gives resources of a component other properties than the component does.

    By a transformation, which the SDK runs itself, and not by a transform, which the engine asks it to run: so a
    preview without an engine shows them too, and the policies are checked against them.

    Args:
        name: the component's name, which its children's names begin with.
        properties: by the rest of a child's name, with the names of the provider's documentation (camelCase).
    """

    def __init__(self, name: str, properties: Mapping[str, Mapping[str, Any]]) -> None:
        self._prefix = f"{name}-"
        self._properties = properties
        self._children: set[str] = set()

    def check(self, key: str) -> None:
        """Refuse an override of a child that does not exist; to be called when all children are made.

        Args:
            key: the key of the overrides in the stack file.

        Raises:
            pulumi.RunError: an override of a child that does not exist.
        """
        for unknown in sorted(self._properties.keys() - self._children):
            near = nearest(unknown, self._children)
            raise pulumi.RunError(
                f"{key}.{unknown}: is not a resource here{f', the nearest is {near}' if near else ''}; "
                f"known here: {', '.join(sorted(self._children))}"
            )

    def transform(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """A transformation for the component's options."""
        if not isinstance(args.resource, pulumi.CustomResource):
            return None  # a component, of which the provider knows nothing
        child = args.name.removeprefix(self._prefix)
        self._children.add(child)
        if child not in self._properties:
            return None
        properties = {_python_name(key): value for key, value in self._properties[child].items()}
        return pulumi.ResourceTransformationResult({**args.props, **properties}, args.opts)


def _python_name(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
