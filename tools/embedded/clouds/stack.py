"""A stack whose cluster is in a cloud that does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from components.settings.cluster import Cluster
from components.settings.schema import is_model, type_of
from components.settings.secrets import ArgoCdSecrets
from tools.embedded.clouds.layout import CloudLayout
from tools.local.stack import Stack
from tools.local.workspace import Workspace
from tools.stack_values import StackFile

_FOR_ARGO_CD = {field.alias for field in ArgoCdSecrets.model_fields.values()}

_LONGEST = 24 - len("smarthr360-")  # of a key vault's name in Azure, and of a cluster's that is made in Google's cloud

KINDS = tuple(name for name in Cluster.model_fields if name != "existing")
"""The kinds of clusters that a stack can make: eks, gke, aks."""


@dataclass(frozen=True)
class CloudWorkspace(Workspace):
    """A workspace of its own below .local/clouds/: own states, own embedded cluster, and stand-ins for the clouds.

    Args:
        root: the checkout.
        kind: what kind of cluster its stacks make.
    """

    kind: str = KINDS[0]

    @property
    def local(self) -> Path:
        """The one folder that holds everything."""
        return self.root / ".local" / "clouds" / self.kind

    @property
    def clouds(self) -> CloudLayout:
        """The clouds that do not exist."""
        return CloudLayout(self.local / "things", self.kubeconfig)

    def prepare(self, tools: Mapping[str, Path]) -> None:
        """As a workspace's, with the programs of the stand-ins."""
        for folder in (self.local.parent.parent, self.local.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        super().prepare(tools)
        self.clouds.prepare()

    def environment(self) -> dict[str, str]:
        """As a workspace's, with the stand-ins first on PATH."""
        return self.clouds.environment(super().environment())


@dataclass(frozen=True)
class CloudStack(Stack):
    """One stack.

    Args:
        workspace: a `CloudWorkspace`.
        name: the stack's name.
    """

    workspace: CloudWorkspace

    def made_locally(self, committed: StackFile, own_secrets: dict[str, object], delivery: str) -> dict[str, object]:
        """What only this machine knows, by top-level key: a cluster, where the stack file makes none, and secrets."""
        local = super().made_locally(committed, own_secrets, delivery)
        kind = self.workspace.kind
        written: Any = committed.config.get("cluster") or {}
        local["cluster"] = written if kind in written else {kind: made_up(kind, self.name)}
        # What the stack file says of these is what it would be in a cloud.
        local["addons"] = _mapping(committed.config.get("addons"))
        local["externalSecrets"] = _mapping(committed.config.get("externalSecrets"))
        if local["externalSecrets"]:
            local["secrets"] = {key: value for key, value in own_secrets.items() if key in _FOR_ARGO_CD}
        if delivery == "gitops":
            # Argo CD is installed and configured, but does not run: its repository need not be on this machine.
            own = _mapping(committed.config.get("gitops"))
            kept = {key: value for key, value in _mapping(local["gitops"]).items() if key != "repository"}
            local["gitops"] = kept | {key: own[key] for key in ("repository",) if key in own}
            local["argocd"] = {**_mapping(local["argocd"]), "install": True}
        return local


def made_up(kind: str, stack: str) -> dict[str, object]:
    """What a stack file has to say of a cluster that the stack makes, and no more.

    Args:
        kind: which kind of cluster.
        stack: the stack's name, whose beginning becomes the cluster's.
    """
    stack = stack[:_LONGEST].rstrip("-")
    settings = type_of(Cluster.model_fields[kind])
    creation = type_of(settings.model_fields["create"])
    return _examples(settings, stack) | {"create": _examples(creation, stack)}


def _examples(model: type[BaseModel], stack: str) -> dict[str, object]:
    """An example of every key that has no default; the documented ones are of a stack that is called staging."""
    return {
        str(field.alias): field.examples[0].replace("staging", stack)
        if field.examples
        else _example(type_of(field), stack)
        for field in model.model_fields.values()
        if field.is_required()
    }


def _example(type_: Any, stack: str) -> object:
    if is_model(type_):
        return _examples(type_, stack)
    if get_origin(type_) is tuple:
        return [_example(get_args(type_)[0], stack)]
    return str(type_.example).replace("staging", stack)


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
