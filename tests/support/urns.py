"""The URNs of every stack on every kind of cluster, as a text in which a changed name or parent is one line.

`python -m tests.support.urns` records them anew. Not for a rename: Pulumi would delete what has the old URN and make
what has the new one.
"""

from __future__ import annotations

import string
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support.clouds import CREATION, EXISTING, ID
from tests.support.program import run_program
from tests.support.recorded import RECORDINGS
from tests.support.stacks import Secret, good_config, with_gitops

RECORDING = RECORDINGS / "urns.txt"
_CHEAP: dict[str, dict[str, Any]] = {
    "eks": {"nat": "one", "logDays": 30, "nodes": {"spot": True}},
    "gke": {"filestore": "basic", "nodes": {"spot": True}},
    "aks": {"uptimeSla": False, "logRetention": 30, "nodes": {"spot": True}},
}
_MORE: dict[str, dict[str, Any]] = {
    "eks": {"zones": ["a", "b", "d"], "admins": ["arn:aws:iam::111122223333:role/platform"]},
    "gke": {"dnsEndpoint": False},
    "aks": {"adminGroups": [ID, ID.replace("1", "9")]},
}
_ADDONS = ("externalSecrets", "certManager", "envoyGateway", "metricsServer", "monitoring")


def cases() -> dict[str, tuple[str, dict[str, Any]]]:
    """Each case's stack and configuration."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for stack in ("dev", "staging", "production"):
        config = good_config(stack)
        found[f"{stack} direct"] = (stack, config)
        found[f"{stack} gitops"] = (stack, with_gitops(config, install=True))
        found[f"{stack} render"] = (stack, config | {"delivery": "render"})
    everything = {"addons": dict.fromkeys(_ADDONS, True), "monitoring": {"operator": True}}
    external = {"externalSecrets": {"store": "existing", "clusterStore": "vault"}}
    ingress = {"edge": {"kind": "ingress", "tls": {"issuer": "prod"}}}
    found["existing everything"] = ("staging", _gitops(good_config("staging") | everything | external))
    found["existing ingress"] = ("staging", good_config("staging") | ingress)
    for cloud, settings in EXISTING.items():
        for what, stack, create in (
            ("production", "production", {}),
            ("cheap", "dev", _CHEAP[cloud]),
            ("everything", "staging", {"apiAccess": ["203.0.113.0/24"], **_MORE[cloud]}),
        ):
            made = {cloud: {**settings, "create": CREATION[cloud] | create}}
            config = good_config(stack) | {"cluster": made}
            if what == "everything":
                config = _gitops(config | everything | {"externalSecrets": {"store": "cloud"}})
            found[f"{cloud} {what}"] = (stack, config)
        there = {"cluster": {cloud: settings}, "externalSecrets": {"store": "cloud"}}
        found[f"{cloud} existing"] = ("staging", _gitops(good_config("staging") | there))
    return found


def urns() -> dict[str, set[str]]:
    """The URNs of each case, without their beginning: the types of all parents, and the name."""
    with tempfile.TemporaryDirectory() as folder:
        return {
            case: {entry.urn.split("::", 2)[2] for entry in run_program(config, Path(folder), stack).resources}
            for case, (stack, config) in cases().items()
        }


def write(found: Mapping[str, Iterable[str]]) -> str:
    """A letter for each case, and each URN once, with the letters of the cases that have it."""
    letters = dict(zip(found, string.ascii_letters, strict=False))
    having: defaultdict[str, str] = defaultdict(str)
    for case, names in found.items():
        for name in names:
            having[name] += letters[case]
    lines = [f"{letter} = {case}" for case, letter in letters.items()]
    return "\n".join([*lines, *(f"{name} {having[name]}" for name in sorted(having)), ""])


def _gitops(config: dict[str, Any]) -> dict[str, Any]:
    return with_gitops(config, install=True) | {"secrets": {"slackToken": Secret("not-a-real-slack-token")}}


if __name__ == "__main__":
    RECORDING.write_text(write(urns()))
