"""Argo CD below a path: the configuration of its programs, and that their pods roll with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from components.environment.metadata import CHECKSUM
from components.platform.argocd import manifests, release
from components.platform.argocd.config import config_maps
from tests.support.argocd import argocd_settings
from tools.install_manifests import provide

COMMANDS = "argocd-cmd-params-cm"


@pytest.fixture(scope="module", params=["SINGLE", "HIGHLY_AVAILABLE"])
def parsed(request: pytest.FixtureRequest) -> manifests.Manifests:
    provide()
    return manifests.parse(getattr(release, request.param).read())


def installed(parsed: manifests.Manifests, **settings: object) -> dict[tuple[str, str], Mapping[str, Any]]:
    made = manifests.configured(parsed, "argocd", config_maps(argocd_settings(**settings)))
    return {(found["kind"], found["metadata"]["name"]): found for found in made}


def checksums(found: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, str]:
    """The checksum of each workload whose pods have one."""
    templates = {
        key[1]: entry["spec"]["template"] for key, entry in found.items() if "template" in entry.get("spec", {})
    }
    annotations = {name: template["metadata"].get("annotations", {}) for name, template in templates.items()}
    return {name: own[CHECKSUM] for name, own in annotations.items() if CHECKSUM in own}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://tools.example.com/argocd", "/argocd"),
        ("https://tools.example.com/argocd/", "/argocd"),
        ("https://tools.example.com:8443/our_tools/argo-cd", "/our_tools/argo-cd"),
    ],
)
def test_the_server_answers_below_the_path_of_its_address(parsed: manifests.Manifests, url: str, path: str) -> None:
    found = installed(parsed, url=url)
    before = {found["metadata"]["name"]: found.get("data", {}) for found in parsed if found["kind"] == "ConfigMap"}

    assert found["ConfigMap", COMMANDS]["data"] == {**before[COMMANDS], "server.rootpath": path}
    # The release's Deployment takes it from there: a renamed key or variable would do nothing.
    (container,) = found["Deployment", "argocd-server"]["spec"]["template"]["spec"]["containers"]
    (variable,) = (each for each in container["env"] if each["name"] == "ARGOCD_SERVER_ROOTPATH")
    assert variable["valueFrom"]["configMapKeyRef"] == {
        "key": "server.rootpath",
        "name": COMMANDS,
        "optional": True,
    }


@pytest.mark.parametrize(
    "settings", [{}, {"url": "https://argocd.example.com"}, {"url": "https://argocd.example.com/"}]
)
def test_without_a_path_it_answers_at_the_root(parsed: manifests.Manifests, settings: Mapping[str, object]) -> None:
    found = installed(parsed, **settings)

    assert "server.rootpath" not in found["ConfigMap", COMMANDS].get("data", {})
    assert checksums(found) == {}


def test_pods_that_read_it_at_their_start_roll_with_another_path(parsed: manifests.Manifests) -> None:
    one, other = (checksums(installed(parsed, url=f"https://tools.example.com/{path}")) for path in ("one", "other"))

    assert "argocd-server" in one
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] == other[name]] == []
    assert not [name for name in one if "redis" in name], "which reads nothing of it"


@pytest.mark.parametrize("path", ["a//b", "a/../b", "./a", "a%2Fb", "a.b", "~me"])
def test_a_path_that_the_server_could_not_serve_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="has a path that cannot be served"):
        argocd_settings(url=f"https://tools.example.com/{path}")
