"""Policies for secrets in plain sight. None of them ever says a value: it may be the secret."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ops.model import Object, Owner
from policy import secrecy
from policy.manifest import POD_KINDS, containers, items, part, template, texts
from policy.rule import Topic

topic = Topic(
    "Secrets in plain sight",
    "A secret belongs in a Secret, which Pulumi makes from its encrypted configuration. What looks like one is told by "
    "its name (`DB_PASSWORD`), by its format (an access key, a token, a private key) or because it looks random. No "
    "message ever holds a value.",
)

_MEND = "put it into a Secret by `pulumi config set --secret`, name that here, and take a new value: this one is known"


def _is_secret(name: str, value: str) -> bool:
    return secrecy.is_value(value) or (secrecy.is_name(name) and secrecy.is_given(value))


@topic.rule(
    "secrets-not-in-environment-variables",
    kinds=POD_KINDS,
    refuses="An environment variable whose value is a secret.",
    why="Who may see a Deployment sees it, and so does everybody who reads rendered/ in Git.",
    mend=_MEND,
)
def _in_variables(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        for variable in items(container, "env"):
            if _is_secret(variable.get("name") or "", variable.get("value") or ""):
                yield f"{title} has a secret in its environment variable {variable.get('name')}"


@topic.rule(
    "secrets-not-in-arguments",
    kinds=POD_KINDS,
    charted="operators are told the names of Secrets, which sound like secrets.",
    refuses="A command or an argument that holds a secret.",
    why="Everybody on the node, and every log of processes, sees what a program was started with.",
    mend=_MEND,
)
def _in_arguments(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        given = [*items(container, "command"), *items(container, "args")]
        # An option may have its value behind it.
        pairs = [f"{one}={other}" for one, other in itertools.pairwise(given) if one.startswith("--")]
        if any(secrecy.is_value(one) for one in given) or any(
            name for one in (*given, *pairs) if "=" in one for name in secrecy.in_lines(one)
        ):
            yield f"{title} is started with a secret"


@topic.rule(
    "secrets-not-in-config-maps",
    kinds=("ConfigMap",),
    refuses="A ConfigMap that holds a secret, in a key of its own or in a line of a file.",
    why="ConfigMaps are read by anybody who may look at the namespace, and are never encrypted.",
    mend=_MEND,
)
def _in_config_maps(found: Object) -> Iterator[str]:
    data = part(found.manifest, "data")
    for key in data:
        if _is_secret(key, data[key]):
            yield f"data.{key} is a secret"
        for name in secrecy.in_lines(data[key]) if "\n" in data[key] else ():
            yield f"data.{key} sets {name}, which is a secret"


@topic.rule(
    "secrets-not-in-annotations",
    kinds=("*",),
    charted="webhooks name the Secret of their certificate.",
    refuses="An annotation or a label that holds a secret.",
    why="Annotations are copied into events, logs and dashboards.",
    mend=_MEND,
)
def _in_annotations(found: Object) -> Iterator[str]:
    for where, manifest in (("", found.manifest), ("of the pods ", template(found))):
        for kind in ("annotations", "labels"):
            given = part(manifest, "metadata", kind)
            for key in given:
                if _is_secret(key.rpartition("/")[2], given[key]):
                    yield f"the {kind.removesuffix('s')} {key} {where}is a secret"
        if found.kind == "Pod":
            return


@topic.rule(
    "secrets-not-in-addresses",
    kinds=("*",),
    refuses="An address that holds a password or a token, such as https://user:password@host.",
    why="Addresses are logged by every program and proxy on their way.",
    mend=_MEND,
)
def _in_addresses(found: Object) -> Iterator[str]:
    # A Secret may hold any, and a definition's text explains what others look like.
    if found.kind not in ("Secret", "CustomResourceDefinition"):
        for path, text in texts(found.manifest):
            if secrecy.in_urls(text):
                yield f"{path} holds an address with a password or a token"


@topic.rule(
    "secrets-not-in-git",
    kinds=("Secret",),
    refuses="A Secret that Argo CD applies from Git.",
    why="What is in Git stays there, and everybody who can read the repository has it.",
    mend="make it with the cluster's own provider, and name it in what is rendered",
)
def _in_git(found: Object) -> Iterator[str]:
    if found.owner is Owner.ARGO_CD:
        yield "it would be written in plain text into rendered/"
