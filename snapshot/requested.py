"""Takes the snapshot of one environment in this process: the objects that a program requests."""

from __future__ import annotations

import os
import runpy
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi

from errors import UserError
from manifests.fingerprints import Fingerprints
from snapshot import in_process, rendered, stack_config
from snapshot.in_process import Registered, plain
from snapshot.model import Object, Owner, Snapshot
from stack_file import PROJECT

_OURS = f"{PROJECT}:"
_FOR_PROVIDER = "pulumi.com/"
"""The prefix of annotations that instruct Pulumi's provider, and mean nothing to the cluster."""
_LONGEST = 400  # characters of a failing program's message


def snapshot(root: Path, stack: str, revision: str, fingerprints: Fingerprints) -> Snapshot:
    """Find out what the program in a folder requests; `sys.path` has to lead to its modules.

    Args:
        root: the program's folder.
        stack: the stack's name.
        revision: what people call the revision in the folder.
        fingerprints: replace secrets.
    """
    if not os.path.lexists(root / f"Pulumi.{stack}.yaml"):  # the other revision's stack: nothing is requested here
        return Snapshot(stack, revision, ())
    try:
        registered, environment = _registered(root, stack, fingerprints)
        requested = objects(registered, stack, fingerprints, environment)
        return Snapshot(stack, revision, requested, stale=rendered.stale(root, requested))
    except UserError as error:
        problem = str(error)
    except pulumi.RunError as error:
        first, *others = str(error).splitlines() or [""]
        problem = first + (f" (and {len(others)} more like this)" if others else "")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - any revision's program can raise anything
        problem = _failed(error, root)
    return Snapshot(stack, revision, (), problem)


def objects(
    registered: list[Registered], stack: str, fingerprints: Fingerprints, environment: str
) -> tuple[Object, ...]:
    """Convert resources to objects, without components and providers.

    Args:
        registered: the resources.
        stack: the stack's name.
        fingerprints: replace secrets.
        environment: the environment that the stack declares; "" if it is not known.
    """
    requested = (
        _object(resource, stack, fingerprints, environment)
        for resource in registered
        if resource.custom and not resource.type.startswith("pulumi:")
    )
    return tuple(sorted(requested, key=lambda item: item.key))


def environment(resources: Iterable[Registered | None]) -> str:
    """Return a stack's environment, by the label of the namespace among its resources; "" if there is no namespace.

    Args:
        resources: of the stack, requested or existing.
    """
    for resource in resources:
        if resource and resource.type == "kubernetes:core/v1:Namespace":
            labels = (resource.inputs.get("metadata") or {}).get("labels") or {}
            if isinstance(label := labels.get(f"{PROJECT}.com/environment"), str):
                return label
    return ""


def _registered(root: Path, stack: str, fingerprints: Fingerprints) -> tuple[list[Registered], str]:
    """The resources that the program registers, and the environment that the stack declares."""
    if not (root / "__main__.py").is_file():
        raise pulumi.RunError("there is no __main__.py")
    from components.settings import Settings  # here, as it is the module of the program in `root`

    with tempfile.TemporaryDirectory(prefix="smarthr360-preview-") as folder:
        config, encrypted = stack_config.read(root / f"Pulumi.{stack}.yaml", Settings, fingerprints, Path(folder))
        program = str(root / "__main__.py")
        registered = in_process.run(lambda: runpy.run_path(program, run_name="__main__"), stack, config, encrypted)
        return registered, config.get(f"{PROJECT}:environment", "")


def _object(resource: Registered, stack: str, fingerprints: Fingerprints, environment: str) -> Object:
    manifest = fingerprints.hide(plain(resource.inputs, fingerprints.of_each))
    is_object = resource.type.startswith("kubernetes:") and "kind" in manifest
    if is_object:
        manifest = _of_the_cluster(manifest, fingerprints)
    metadata = manifest.get("metadata", {}) if is_object else {}
    return Object(
        stack=stack,
        type=resource.type,
        kind=manifest["kind"] if is_object else resource.type.rpartition(":")[2],
        namespace=metadata.get("namespace"),
        name=metadata.get("name", resource.name),
        urn=resource.urn,
        component=_component(resource.urn),
        owner=Owner.ARGO_CD if resource.rendered else Owner.PULUMI,
        protected=resource.protected,
        manifest=manifest,
        aliases=resource.aliases,
        environment=environment,
    )


def _of_the_cluster(manifest: Mapping[str, Any], fingerprints: Fingerprints) -> dict[str, Any]:
    """A manifest without the annotations for Pulumi, and with fingerprints for the content of a Secret."""
    cleaned = dict(manifest)
    metadata = dict(cleaned.get("metadata", {}))
    own = metadata.pop("annotations", {})
    annotations = {key: value for key, value in own.items() if not key.startswith(_FOR_PROVIDER)}
    cleaned["metadata"] = {**metadata, "annotations": annotations} if annotations else metadata
    if (cleaned.get("apiVersion"), cleaned["kind"]) == ("v1", "Secret"):
        cleaned |= {key: fingerprints.of_each(cleaned[key]) for key in ("data", "stringData") if key in cleaned}
    return cleaned


def _component(urn: str) -> str:
    """The nearest of our components above a resource; "" if there is none."""
    above = urn.split("::")[2].split("$")[:-1]
    return next((type_.removeprefix(_OURS) for type_ in reversed(above) if type_.startswith(_OURS)), "")


def _failed(error: BaseException, root: Path) -> str:
    """What went wrong and where in the program, in a sentence."""
    text = " ".join(str(error).replace(f"{root}/", "").split())[:_LONGEST]
    if isinstance(error, SyntaxError):
        text, places = error.msg, [(error.filename, error.lineno)]
    else:
        places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    where = next(_below(root, places), "")
    return f"the program can't be run: {type(error).__name__}{f', {text}' if text else ''}{where}"


def _below(root: Path, places: list[tuple[str | None, int | None]]) -> Iterator[str]:
    for file, line in reversed(places):
        if file and Path(file).is_relative_to(root):
            yield f" ({Path(file).relative_to(root)}, line {line})"
