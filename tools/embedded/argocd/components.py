"""Argo CD's processes: with which flags and surroundings each runs, and how each is recognised.

What its install says about them in the cluster (pods, Services, a Redis) is simulated there; these do the work.
"""

import dataclasses
import os
from pathlib import Path

from tools.embedded.argocd.layout import NAMESPACE, ArgoLayout
from tools.embedded.argocd.repository import git
from tools.embedded.cluster.ports import LOOPBACK, Ports

REDIS = "argocd-redis"
REPO_SERVER = "argocd-repo-server"
CONTROLLER = "argocd-application-controller"
NOTIFICATIONS = "argocd-notifications-controller"
SERVER = "argocd-server"
SYNC_SERVER = "argocd-sync-server"
"""A server that a command starts for itself, asks for a sync, and stops."""

PORTS = {
    REDIS: ("redis",),
    REPO_SERVER: ("repo-server-metrics", "repo-server"),
    CONTROLLER: ("application-controller",),
    NOTIFICATIONS: ("notifications-controller",),
    SERVER: ("server", "server-metrics"),
    SYNC_SERVER: ("sync-server", "sync-server-metrics"),
}
"""The ports of each process by their names, first the one that answers questions about its health."""

# Seconds. What is pushed is seen after the sum of both at most; with Argo CD's own (180 each) after six minutes.
_RESYNC = 3
_BRANCHES_ARE_KEPT = 1

_REPORTING = ("--loglevel=warn", "--logformat=text")


@dataclasses.dataclass(frozen=True)
class Component:
    """One process of Argo CD.

    Args:
        name: Names its log and its ports, too.
        binary: Under which name Argo CD's one program knows it.
        program: The path under which it is started, which no other process has.
        flags: Its arguments; no secret is among them.
        account: Its ServiceAccount, None where it does not talk to the API server.
        health: What answers 200 over HTTP once it works; None where it does not speak HTTP.
        port: Where.
        exposed: Whether it opens that port to the network, and has no option for another address.
    """

    name: str
    binary: str
    program: Path
    flags: tuple[str, ...]
    account: str | None
    health: str | None
    port: int
    exposed: bool = False

    @property
    def marker(self) -> tuple[str, ...]:
        """The argument by which it is found among all processes."""
        return (str(self.program),)

    @property
    def command(self) -> list[str]:
        """The whole command line."""
        return [str(self.program), *self.flags]


def argocd_components(layout: ArgoLayout, ports: Ports) -> dict[str, Component]:
    """All processes by their names, in the order in which they start.

    Args:
        layout: Where everything lies.
        ports: Every port by its name; empty where they are only to be recognised.
    """
    at = {name: f"{LOOPBACK}:{port}" for name, port in ports.items()}
    redis, repo_server = at.get("redis", ""), at.get("repo-server", "")

    def component(name: str, *flags: str, binary: str = "", account: str | None = None, **more: bool) -> Component:
        health = None if name == REDIS else "/metrics" if name == NOTIFICATIONS else "/healthz"
        known_as = (f"--kubeconfig={layout.kubeconfig(account)}", f"--namespace={NAMESPACE}") if account else ()
        return Component(
            name=name,
            binary=binary or name,
            program=layout.program(name),
            flags=(*known_as, *flags),
            account=account,
            health=health,
            port=ports.get(PORTS[name][0], 0),
            **more,
        )

    def server(name: str, *flags: str) -> Component:
        port, metrics = (ports.get(each, 0) for each in PORTS[name])
        return component(
            name,
            f"--address={LOOPBACK}",
            f"--port={port}",
            f"--metrics-port={metrics}",
            # Nothing of it leaves this machine.
            "--insecure",
            f"--redis={redis}",
            f"--repo-server={repo_server}",
            "--repo-server-plaintext",
            *flags,
            *_REPORTING,
            binary=SERVER,
            account=SERVER,
        )

    listed = [
        component(REDIS, f"--address={redis}", f"--password-file={layout.redis_password}"),
        component(
            REPO_SERVER,
            f"--address={LOOPBACK}",
            f"--port={ports.get('repo-server', 0)}",
            f"--metrics-address={LOOPBACK}",
            f"--metrics-port={ports.get('repo-server-metrics', 0)}",
            "--disable-tls",
            f"--redis={redis}",
            f"--revision-cache-expiration={_BRANCHES_ARE_KEPT}s",
            *_REPORTING,
        ),
        component(
            CONTROLLER,
            f"--redis={redis}",
            f"--repo-server={repo_server}",
            "--repo-server-plaintext",
            f"--metrics-port={ports.get('application-controller', 0)}",
            f"--app-resync={_RESYNC}",
            # Up to a minute by default, so that a thousand Applications are not compared at once.
            "--app-resync-jitter=0",
            # How long it stays silent about a repository that it cannot read; by default three minutes.
            f"--repo-error-grace-period-seconds={_RESYNC}",
            # So that the Application says which of its objects are healthy.
            "--persist-resource-health",
            *_REPORTING,
            account=CONTROLLER,
            exposed=True,
        ),
        component(
            NOTIFICATIONS,
            f"--argocd-repo-server={repo_server}",
            "--argocd-repo-server-plaintext",
            f"--metrics-port={ports.get('notifications-controller', 0)}",
            *_REPORTING,
            binary="argocd-notifications",
            account=NOTIFICATIONS,
            exposed=True,
        ),
        server(SERVER),
        # As `argocd --core` does it: whoever starts it holds a kubeconfig, which is more than it lets anybody do.
        server(SYNC_SERVER, "--disable-auth"),
    ]
    return {each.name: each for each in listed}


def environment(layout: ArgoLayout, component: Component) -> dict[str, str]:
    """The whole environment of a process: nothing of the person's own, and no folder outside of ours.

    Args:
        layout: Where everything lies.
        component: Which process.
    """
    home = layout.home
    variables = {
        "ARGOCD_BINARY_NAME": component.binary,
        "PATH": f"{Path(git()).parent}{os.pathsep}{os.defpath}",
        "HOME": str(home),
        "TMPDIR": str(layout.temporary),
        # A time without a zone, such as a sync window's, is in this one; not in the person's.
        "TZ": "UTC",
        "REDIS_PASSWORD": layout.redis_password.read_text(),
        "ARGOCD_TLS_DATA_PATH": str(home / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(home / "ssh"),
        "ARGOCD_GPG_DATA_PATH": str(home / "gpg"),
        "ARGOCD_GNUPGHOME": str(home / "gnupg"),
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_PLUGINSOCKFILEPATH": str(home / "plugins"),
        "ARGOCD_APP_CONF_PATH": str(home),
        # In its working folder: the path of a socket has at most a hundred bytes.
        "ARGOCD_ASK_PASS_SOCK": "ask-pass.sock",
    }
    if component.account:
        variables["KUBECONFIG"] = str(layout.kubeconfig(component.account))
        # https://kubernetes.default.svc, where Applications go, is then what KUBECONFIG says.
        variables["ARGOCD_FAKE_IN_CLUSTER"] = "true"
        # The default (50 a second) protects a shared API server.
        variables["ARGOCD_K8S_CLIENT_QPS"] = "500"
        # Between two waves of a sync it waits two seconds by default, for controllers to notice what was applied. All
        # that we apply says in its status whether it was noticed.
        variables["ARGOCD_SYNC_WAVE_DELAY"] = "0"
    return variables
