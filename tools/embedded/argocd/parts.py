"""Argo CD's processes: with which flags and surroundings each runs, and how each is recognised.

What its install says about them in the cluster (pods, Services, a Redis) is simulated there; these do the work.
"""

import dataclasses
import os
from pathlib import Path

from tools.embedded.argocd.layout import NAMESPACE, Place
from tools.embedded.argocd.repository import git
from tools.embedded.cluster.state import LOOPBACK

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
class Part:
    """One process of Argo CD.

    Args:
        name: Names its log and its ports, too.
        binary: Under which name Argo CD's one program knows it.
        program: The path under which it is started, which no other process has.
        flags: Its arguments. None is a secret.
        account: Its ServiceAccount, None where it does not talk to the API server.
        health: What answers 200 over HTTP once it works; None where it does not speak HTTP.
        port: Where.
        exposed: Whether it opens that port to the network, and cannot be told otherwise.
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


def parts(place: Place, ports: dict[str, int]) -> dict[str, Part]:
    """All processes by their names, in the order in which they start.

    Args:
        place: Where everything lies.
        ports: Every port by its name; empty where they are only to be recognised.
    """
    at = {name: f"{LOOPBACK}:{port}" for name, port in ports.items()}
    redis, repo_server = at.get("redis", ""), at.get("repo-server", "")

    def part(name: str, *flags: str, binary: str = "", account: str | None = None, **more: bool) -> Part:
        health = None if name == REDIS else "/metrics" if name == NOTIFICATIONS else "/healthz"
        known_as = (f"--kubeconfig={place.kubeconfig(account)}", f"--namespace={NAMESPACE}") if account else ()
        return Part(
            name=name,
            binary=binary or name,
            program=place.program(name),
            flags=(*known_as, *flags),
            account=account,
            health=health,
            port=ports.get(PORTS[name][0], 0),
            **more,
        )

    def server(name: str, *flags: str) -> Part:
        port, metrics = (ports.get(each, 0) for each in PORTS[name])
        return part(
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
        part(REDIS, f"--address={redis}", f"--password-file={place.redis_password}"),
        part(
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
        part(
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
            # So that the Application tells which of its objects are healthy.
            "--persist-resource-health",
            *_REPORTING,
            account=CONTROLLER,
            exposed=True,
        ),
        part(
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


def environment(place: Place, part: Part) -> dict[str, str]:
    """The whole environment of a process: nothing of the person's own, and no folder outside of ours.

    Args:
        place: Where everything lies.
        part: Which process.
    """
    home = place.home
    found = {
        "ARGOCD_BINARY_NAME": part.binary,
        "PATH": f"{Path(git()).parent}{os.pathsep}{os.defpath}",
        "HOME": str(home),
        "TMPDIR": str(place.temporary),
        # What is not told a time zone, such as a sync window, means this one; not the person's.
        "TZ": "UTC",
        "REDIS_PASSWORD": place.redis_password.read_text(),
        "ARGOCD_TLS_DATA_PATH": str(home / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(home / "ssh"),
        "ARGOCD_GPG_DATA_PATH": str(home / "gpg"),
        "ARGOCD_GNUPGHOME": str(home / "gnupg"),
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_PLUGINSOCKFILEPATH": str(home / "plugins"),
        "ARGOCD_APP_CONF_PATH": str(home),
        # In its working folder: the path of a socket may not be longer than a hundred bytes.
        "ARGOCD_ASK_PASS_SOCK": "ask-pass.sock",
    }
    if part.account:
        found["KUBECONFIG"] = str(place.kubeconfig(part.account))
        # https://kubernetes.default.svc, where Applications go, is then what KUBECONFIG says.
        found["ARGOCD_FAKE_IN_CLUSTER"] = "true"
        # The default (50 a second) protects a shared API server.
        found["ARGOCD_K8S_CLIENT_QPS"] = "500"
        # Between two waves of a sync it waits two seconds by default, for controllers to notice what was applied. All
        # that we apply tells in its status whether it was noticed.
        found["ARGOCD_SYNC_WAVE_DELAY"] = "0"
    return found
