"""What a stack file says of a cloud's resources beyond the keys that there are."""

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
        wanted: properties by the rest of a child's name, with the names of the provider's documentation (camelCase).
    """

    def __init__(self, name: str, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        self._prefix = f"{name}-"
        self._wanted = wanted
        self._children: set[str] = set()

    @property
    def options(self) -> pulumi.ResourceOptions:
        """Options of the component whose children are meant."""
        return pulumi.ResourceOptions(transformations=[self._transform])

    def check(self, key: str) -> None:
        """Refuse what is meant for a child that there is not; to be called when all are made.

        Args:
            key: where the stack file says it.

        Raises:
            pulumi.RunError: it names one that there is not.
        """
        for unknown in sorted(self._wanted.keys() - self._children):
            near = nearest(unknown, self._children)
            raise pulumi.RunError(
                f"{key}.{unknown}: is not a resource here{f', the nearest is {near}' if near else ''}; "
                f"known here: {', '.join(sorted(self._children))}"
            )

    def _transform(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not isinstance(args.resource, pulumi.CustomResource):
            return None  # a component, of which the provider knows nothing
        child = args.name.removeprefix(self._prefix)
        self._children.add(child)
        if child not in self._wanted:
            return None
        properties = {_python_name(key): value for key, value in self._wanted[child].items()}
        return pulumi.ResourceTransformationResult({**args.props, **properties}, args.opts)


def _python_name(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
