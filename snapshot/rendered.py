"""Whether the manifests committed for Argo CD are those that the program requests; `make render` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from manifests import differences
from manifests.objects import MISSHAPEN
from snapshot.model import Object, Owner

_NAMED = 3  # objects in a sentence
_LARGEST = 1_000_000  # bytes of a file; the largest of ours has 30,000
_MEND = "; type `make render`, and commit what it writes"

Key = tuple[str, str, str]


def stale(root: Path, objects: Iterable[Object]) -> str:
    """Say in a sentence what differs from what is committed; "" if nothing differs, or nothing is committed.

    Args:
        root: the program's folder.
        objects: what it requests in one environment.
    """
    known = list(objects)
    wanted = {_key(item.manifest): item.manifest for item in known if item.owner is Owner.ARGO_CD}
    folder = next(filter(None, map(_source, known)), "")
    if not wanted or not folder or not (root / folder.split("/")[0]).is_dir():
        return ""
    try:
        have = {_key(manifest): manifest for manifest in _files(root / folder)}
    except (OSError, yaml.YAMLError, *MISSHAPEN):
        return f"{folder} can't be read{_MEND}"

    differ = [key for key in wanted if key in have and any(differences.fields(have[key], wanted[key]))]
    stale = {"missing": wanted.keys() - have.keys(), "left over": have.keys() - wanted.keys(), "different": differ}
    parts = [f"{word}: {_titles(keys)}" for word, keys in stale.items() if keys]
    if not parts:
        return ""
    return f"{folder} is not what the program renders ({'; '.join(parts)}){_MEND}"


def _source(item: Object) -> str:
    """The folder that Argo CD takes an environment from."""
    path: Any = item.manifest
    for step in ("spec", "source", "path"):
        path = path.get(step) if isinstance(path, Mapping) else None
    is_one = item.kind == "Application" and isinstance(path, str)
    return path if is_one and not Path(path).is_absolute() and ".." not in path.split("/") else ""


def _files(folder: Path) -> Iterator[Mapping[str, Any]]:
    for file in sorted(folder.rglob("*.yaml")):
        if file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST:
            raise ValueError("not a file of ours")
        yield yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def _key(manifest: Mapping[str, Any]) -> Key:
    metadata = manifest.get("metadata") or {}
    return str(manifest.get("kind")), str(metadata.get("namespace") or ""), str(metadata.get("name"))


def _titles(keys: Iterable[Key]) -> str:
    titles = sorted(f"{kind} {name}" for kind, _, name in keys)
    more = f" and {len(titles) - _NAMED:,} more" if len(titles) > _NAMED else ""
    return f"{', '.join(titles[:_NAMED])}{more}"
