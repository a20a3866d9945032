"""Argo CD's server, for people: where it answers, and how to log in."""

from collections.abc import Mapping
from pathlib import Path

from tools.embedded.argocd import argocd, components
from tools.embedded.argocd.api import CONFIG_MAPS, SECRETS, get
from tools.embedded.argocd.health import fetch
from tools.embedded.argocd.layout import NAMESPACE, ArgoLayout
from tools.embedded.argocd.run import Report
from tools.embedded.cluster.ports import LOOPBACK, read_ports
from tools.embedded.cluster.state import Layout

_PASSWORD = "argocd-initial-admin-secret"  # noqa: S105 - a name

# In Argo CD's start page, and not in the list of files that a build without pages shows in its place.
_PAGES = '<div id="app">'


def start(layout: Layout, tools: Mapping[str, Path], report: Report) -> str:
    """Make argocd-server run, beside Argo CD's controllers; it stays until they are stopped.

    Args:
        layout: The files of the cluster, which is up, and which Argo CD is installed on.
        tools: Where the programs are, as the engine installer reports.
        report: Called with one line for each step.

    Returns:
        What a person needs to know: where it answers, what it shows, and how to log in. No password.

    Raises:
        UserError: As `argocd.up`.
    """
    argocd.up(layout, tools, report, server=True)
    address = f"{LOOPBACK}:{read_ports(ArgoLayout(layout).ports)[components.PORTS[components.SERVER][0]]}"
    return "\n".join([*_shown(address), *_login(layout, address)])


def _shown(address: str) -> list[str]:
    if _PAGES in fetch(int(address.rpartition(":")[2]), "/")[1]:
        return [f"Argo CD: http://{address}"]
    return [
        f"Argo CD's API: http://{address}/api/v1",
        "It has no web pages: this argocd was built from its Go module, which lacks them, and a downloaded release has",
        "them. What works is the API and the command line, for example `argocd app list`.",
    ]


def _login(layout: Layout, address: str) -> list[str]:
    command = f"argocd login {address} --plaintext"
    if get(layout, SECRETS, _PASSWORD):
        return [
            f"Log in as user admin (command line: `{command} --username admin`); this shows the password:",
            f"  kubectl get secret {_PASSWORD} -n {NAMESPACE} -o jsonpath='{{.data.password}}' | base64 -d",
        ]
    settings = (get(layout, CONFIG_MAPS, "argocd-cm") or {}).get("data") or {}
    if settings.get("admin.enabled") == "false":
        return [
            "User admin is switched off here, and single sign-on is the only way in; `argocd.localAdmin: true` in the",
            "stack's config switches it on.",
        ]
    return [f"Log in as user admin (command line: `{command} --username admin`) with the password that you have set."]
