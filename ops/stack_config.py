"""A stack's configuration as the engine would hand it to the program, from the committed file alone.

What is not committed is a placeholder, and so is every secret: none is decrypted, and the program sees none.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from ops.fingerprints import Fingerprints
from ops.in_process import PROJECT

SECRETS = f"{PROJECT}:secrets"
_CLUSTER = f"{PROJECT}:cluster"
_EXTERNAL = f"{PROJECT}:externalSecrets"
_CONTEXT = "placeholder"
_LARGEST = 1_000_000  # bytes of a stack file; ours have 3,000

_NEEDED = {"slackToken": ("gitops", "slack"), "ssoClientSecret": ("argocd", "sso")}
"""The optional secrets without which the program refuses an object of the configuration."""


class StackFileError(Exception):
    """A stack file that can't be read; the message says why."""


def read(
    file: Path, model: type[BaseModel], fingerprints: Fingerprints, folder: Path
) -> tuple[dict[str, str], set[str]]:
    """Read a stack file.

    Args:
        file: `Pulumi.<stack>.yaml`.
        model: the program's settings, which say what secrets there have to be.
        fingerprints: what makes placeholders.
        folder: where the kubeconfig of a cluster that does not exist is written.

    Returns:
        Texts by full key, and which of the keys are encrypted.

    Raises:
        StackFileError: it is not there, or no stack file.
    """
    config = _content(file)
    encrypted = {key for key, value in config.items() if any(_ciphertexts(value))}
    cluster, secrets = config.pop(_CLUSTER, None) or {}, config.pop(SECRETS, None) or {}
    if not secrets:
        encrypted.add(SECRETS)
    names = list(_required(model, config))
    config = {key: _with_placeholders(value, fingerprints) for key, value in config.items()}
    config[SECRETS] = _secrets(secrets, names, fingerprints)
    known = isinstance(cluster, dict) and not cluster.keys() - {"existing"}
    config[_CLUSTER] = _no_cluster(folder) if known else _with_placeholders(cluster, fingerprints)
    return {key: _text(value) for key, value in config.items()}, encrypted


def _content(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(_bytes(file), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except FileNotFoundError:
        raise StackFileError(f"there is no {file.name}") from None
    except OSError as error:
        raise StackFileError(f"{file.name} can't be read ({error.strerror})") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}," if mark else ""
        raise StackFileError(f"{file.name}{line} is not YAML") from None
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise StackFileError(f"{file.name} has no `config:` with keys under it")
    return {str(key): value for key, value in config.items()}


def _bytes(file: Path) -> bytes:
    """What is in a file; nothing else that has a name in a folder is read, as that need not end."""
    opened = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # which does not wait for somebody who writes into a pipe
    with os.fdopen(opened, "rb") as reading:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise StackFileError(f"{file.name} is no file")
        found = reading.read(_LARGEST + 1)
    if len(found) > _LARGEST:
        raise StackFileError(f"{file.name} has more than {_LARGEST // 1_000:,} kB")
    return found


def _ciphertexts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            yield value["secure"]
        else:
            for inner in value.values():
                yield from _ciphertexts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ciphertexts(inner)


def _secrets(given: Any, names: Iterable[str], fingerprints: Fingerprints) -> Any:
    """Placeholders for the secrets that are given, encrypted or not, and for those that there have to be."""
    if not isinstance(given, dict):
        return _with_placeholders(given, fingerprints, hidden=True)
    if given.keys() == {"secure"}:  # all together, so that each is another one whenever the whole is
        return {name: fingerprints.placeholder(f"{given['secure']} {name}") for name in names}
    missing = {name: fingerprints.placeholder(name) for name in names}
    return missing | {str(name): _with_placeholders(value, fingerprints, hidden=True) for name, value in given.items()}


def _with_placeholders(value: Any, fingerprints: Fingerprints, hidden: bool = False) -> Any:
    """A value without what is encrypted and, where it is hidden, without any text."""
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return fingerprints.placeholder(str(value["secure"]))
        return {str(key): _with_placeholders(inner, fingerprints, hidden) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_placeholders(inner, fingerprints, hidden) for inner in value]
    return fingerprints.placeholder(str(value)) if hidden else value


def _required(model: type[BaseModel], config: Mapping[str, Any]) -> Iterator[str]:
    """The secrets that the program does not work without."""
    annotation: Any = model.model_fields["secrets"].annotation
    # The first of several knows them all; the last is for a stack whose application takes its own from elsewhere.
    models = get_args(annotation) or (annotation,)
    secrets = models[-1 if config.get(_EXTERNAL) else 0]
    for name, field in secrets.model_fields.items():
        key = field.alias or name
        section, part = _NEEDED.get(key, ("", ""))
        found = config.get(f"{PROJECT}:{section}")
        if field.is_required() or (isinstance(found, dict) and found.get(part)):
            yield key


def _no_cluster(folder: Path) -> dict[str, dict[str, str]]:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps({"contexts": [{"name": _CONTEXT}]}))
    return {"existing": {"kubeconfig": str(kubeconfig), "context": _CONTEXT}}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
