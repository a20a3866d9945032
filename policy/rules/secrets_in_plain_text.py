"""Policies for secrets in plain text. None of their messages contains a value, which could be the secret."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from manifests.objects import Manifest, items, part, texts
from policy import secrecy
from policy.objects import MAKES_PODS, containers, pods
from policy.rule import Topic
from snapshot.model import Object, Owner

topic = Topic(
    "Secrets in plain text",
    "A secret belongs in a Secret, which Pulumi makes from its encrypted configuration. Secrets are recognised by "
    "their name (`DB_PASSWORD`), by their format (an access key, a token, a private key) or because they look random. "
    "No message contains a value.",
)

_MEND = (
    "put it into a Secret with `pulumi config set --secret`, refer to that here, and choose a new value: this one is "
    "exposed"
)


_HEADERS = ("authorization", "proxy-authorization", "cookie")


def _is_secret(name: str, value: str) -> bool:
    return secrecy.is_value(value) or (secrecy.is_name(name) and secrecy.is_given(value))


@topic.rule(
    "secrets-not-in-environment-variables",
    kinds=(MAKES_PODS,),
    refuses="An environment variable whose value is a secret.",
    why="Everybody who is allowed to read the Deployment sees it, and so does everybody who reads rendered/ in Git.",
    mend=_MEND,
)
def _in_variables(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        for variable in items(container, "env"):
            if _is_secret(variable.get("name") or "", variable.get("value") or "") or any(
                secrecy.in_text(variable.get("value") or "")
            ):
                yield f"{title} has a secret in its environment variable {variable.get('name')}"


@topic.rule(
    "secrets-not-in-arguments",
    kinds=(MAKES_PODS,),
    charted="operators get the names of Secrets as arguments, which look like secrets.",
    refuses="A command, an argument, a probe or a hook that contains a secret.",
    why="Everybody on the node, and every process log, sees the arguments of a program.",
    mend=_MEND,
)
def _in_arguments(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        if secrecy.in_command([*items(container, "command"), *items(container, "args")]):
            yield f"{title} has a secret in its command or arguments"
        for action in _actions(container):
            if secrecy.in_command(items(part(action, "exec"), "command")):
                yield f"{title} has a secret in the command of a probe or hook"
            for header in items(part(action, "httpGet"), "httpHeaders"):
                name, value = header.get("name") or "", header.get("value") or ""
                if _is_secret(name, value) or (name.lower() in _HEADERS and secrecy.is_given(value)):
                    yield f"{title} has a secret in the header {name} of a probe or hook"


def _actions(container: Manifest) -> Iterator[Manifest]:
    """A container's probes and hooks."""
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield part(container, key)
    for key in ("postStart", "preStop"):
        yield part(container, "lifecycle", key)


@topic.rule(
    "secrets-not-in-config-maps",
    kinds=("ConfigMap",),
    refuses="A ConfigMap that contains a secret, in a key of its own or in a file of any format.",
    why="Everybody who is allowed to view the namespace can read ConfigMaps, and they are never encrypted.",
    mend=_MEND,
)
def _in_config_maps(item: Object) -> Iterator[str]:
    for path, key, value in _contents(item):
        if _is_secret(key, value):
            yield f"{path} is a secret"
        elif names := list(dict.fromkeys(secrecy.in_text(value))):
            yield f"{path} sets the secret {', '.join(names)}"


def _contents(item: Object) -> Iterator[tuple[str, str, str]]:
    """The path, the key and the text of each entry of a ConfigMap."""
    for kind in ("data", "binaryData"):
        held = part(item.manifest, kind)
        for key in held:
            yield f"{kind}.{key}", key, held[key] if kind == "data" else _decoded(held[key])


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=False).decode("utf-8", "replace")
    except ValueError:
        return value


@topic.rule(
    "secrets-not-in-annotations",
    kinds=("*",),
    charted="webhooks name the Secret of their certificate.",
    refuses="An annotation or a label that contains a secret.",
    why="Annotations are copied into events, logs and dashboards.",
    mend=_MEND,
)
def _in_annotations(item: Object) -> Iterator[str]:
    own = [("", part(item.manifest, "metadata"))]
    of_pods = [("of the pods ", pod.metadata) for pod in pods(item) if pod.metadata is not own[0][1]]
    for where, metadata in own if item.kind == "Pod" else own + of_pods:
        for kind in ("annotations", "labels"):
            given = part(metadata, kind)
            for key in given:
                if _is_secret(key.rpartition("/")[2], given[key]) or any(secrecy.in_text(given[key])):
                    yield f"the {kind.removesuffix('s')} {key} {where}is a secret"


@topic.rule(
    "secrets-not-in-addresses",
    kinds=("*",),
    refuses="An address that contains a password or a token, such as https://user:password@host.",
    why="Every program and proxy on the way logs addresses.",
    mend=_MEND,
)
def _in_addresses(item: Object) -> Iterator[str]:
    # A Secret is the place for one, and a definition's texts contain examples.
    if item.kind not in ("Secret", "CustomResourceDefinition"):
        for path, text in texts(item.manifest):
            if secrecy.in_urls(text):
                yield f"{path} contains an address with a password or a token"


@topic.rule(
    "secrets-not-in-git",
    kinds=("Secret",),
    refuses="A Secret that Argo CD applies from Git.",
    why="What is in Git stays there, and everybody who can read the repository has it.",
    mend="create it with the cluster's own provider, and refer to it in what is rendered",
)
def _in_git(item: Object) -> Iterator[str]:
    if item.owner is Owner.ARGO_CD:
        yield "it would be written to rendered/ in plain text"
