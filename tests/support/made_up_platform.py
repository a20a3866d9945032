"""Whole stacks, made up: on each kind of cluster, with each source of secrets, Argo CD and add-ons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from components.settings.secrets import SecretKey
from tests.support.made_up import ARGOCD_SECRETS, NAMES, Config, configs, duration, is_accepted, optional, taken

_CLOUDS: dict[str, Config] = {
    "eks": {"name": "smarthr360-staging", "region": "eu-west-3"},
    "gke": {"name": "smarthr360-staging", "region": "europe-west9", "project": "smarthr360"},
    "aks": {
        "name": "smarthr360-staging",
        "subscription": "11111111-2222-3333-4444-555555555555",
        "resourceGroup": "smarthr360-staging",
        "region": "francecentral",
        "secretVault": {"name": "smarthr360-staging", "resourceGroup": "secrets"},
    },
}
_KEYS = taken(SecretKey, st.from_regex(r"[a-z0-9-]{1,20}(/[a-z0-9-]{1,20}){0,2}", fullmatch=True), ("a//b", "a_b"))


@dataclass(frozen=True)
class Stack:
    """A stack.

    Args:
        name: what it is called.
        config: what its file says, as tests/support/stacks.py writes it.
    """

    name: str
    config: Config


_ADDRESSES = {
    "eks": st.lists(st.from_regex(r"eipalloc-[0-9a-f]{17}", fullmatch=True), min_size=3, max_size=3),
    "gke": NAMES.map(lambda name: [name[:63]]),
    "aks": NAMES.map(lambda name: [name[:63]]),
}


def _balancers(cloud: str | None) -> st.SearchStrategy[Config]:
    annotations = st.dictionaries(
        st.sampled_from(["a.b/c", "example.com/Key"]),
        st.text(st.characters(exclude_categories=["C"]), max_size=9),
        max_size=2,
    )
    if not cloud:
        return optional(annotations=annotations)
    name = {} if cloud == "gke" else {"name": st.from_regex(r"[a-z][a-z0-9-]{1,29}[a-z0-9]", fullmatch=True)}
    return optional(annotations=annotations, addresses=_ADDRESSES[cloud], **name) | optional(
        annotations=annotations, scheme=st.just("internal")
    )


@st.composite
def _external(draw: st.DrawFn, cloud: str | None) -> Config:
    more = draw(optional(key=_KEYS, refresh=duration("externalSecrets.refresh")))
    if cloud and draw(st.booleans()):
        return {"store": "cloud", **more}
    return {"store": "existing", "clusterStore": draw(NAMES), **more}


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    """A stack that the settings accept."""
    environment, config = draw(configs())
    changes: dict[str, Any] = {
        "delivery": draw(st.sampled_from(["direct", "gitops"])),
        "argocd": {**config["argocd"], "install": draw(st.integers(0, 3)) == 0},
    }
    cloud = draw(st.none() | st.sampled_from(sorted(_CLOUDS)))
    if cloud:
        changes["cluster"] = {cloud: _CLOUDS[cloud]}
    if draw(st.integers(0, 2)) == 0:
        names = ("externalSecrets", "certManager", "envoyGateway", "metricsServer", "monitoring")
        changes["addons"] = draw(optional(**dict.fromkeys(names, st.booleans())))
        if changes["addons"].get("envoyGateway") and draw(st.booleans()):
            changes["addons"]["loadBalancer"] = draw(_balancers(cloud))
    if draw(st.booleans()):
        changes["externalSecrets"] = draw(_external(cloud))
        own = {*ARGOCD_SECRETS, "gitToken"}
        changes["secrets"] = {key: value for key, value in config["secrets"].items() if key in own}
    assume(is_accepted(config | changes))
    return Stack(environment, config | changes)
