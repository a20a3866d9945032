"""Each of Argo CD's processes reaches the API server as the ServiceAccount that its own install gives it.

With a token of that account, as in a pod, and not by impersonation: Argo CD writes kubeconfigs of its own for parts of
a sync, and leaves impersonation out of them, so that those parts would run as the administrator.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from errors import UserError
from files import write_private
from tools.embedded.argocd.api import SERVICE_ACCOUNTS, get
from tools.embedded.argocd.layout import NAMESPACE, ArgoLayout
from tools.embedded.cluster.state import Layout

# Nothing renews it while a process runs. As long as the cluster's own certificates are good for.
_TOKEN_LIFETIME = "87600h"  # noqa: S105 - a time
_CONTEXT = "argocd"


def ensure(layout: ArgoLayout, name: str, kubectl: Path, before: Callable[[], None]) -> None:
    """Make the kubeconfig of a process where it is missing, or is one of another cluster or of an account that is gone.

    Args:
        layout: Where it belongs.
        name: The process, and its ServiceAccount.
        kubectl: The program.
        before: Called before there is another one, which a process that runs already would not read.

    Raises:
        UserError: The cluster has no such ServiceAccount.
    """
    account = get(layout.cluster, SERVICE_ACCOUNTS, name)
    if account is None:
        raise UserError(
            f"Argo CD is not installed on this cluster: namespace {NAMESPACE} has no ServiceAccount {name}; "
            "`make up DELIVERY=gitops` installs it"
        )
    # An account that is made anew has the same name, and its old tokens are of no use.
    user = f"{name}-{account['metadata']['uid']}"
    wanted = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": _CONTEXT, "cluster": _cluster(layout.cluster)}],
        "contexts": [{"name": _CONTEXT, "context": {"cluster": _CONTEXT, "user": user, "namespace": NAMESPACE}}],
        "current-context": _CONTEXT,
    }
    path = layout.kubeconfig(name)
    present = _read(path)
    if present.pop("users", None) and present == wanted:
        return
    users = {"users": [{"name": user, "user": {"token": _new_token(layout, name, kubectl)}}]}
    before()
    write_private(path, yaml.safe_dump(wanted | users, sort_keys=False))


def _read(path: Path) -> dict[str, Any]:
    """What a kubeconfig says; nothing where it is missing or damaged."""
    try:
        kubeconfig = yaml.safe_load(path.read_text())
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return kubeconfig if isinstance(kubeconfig, dict) else {}


def _cluster(layout: Layout) -> dict[str, str]:
    # The administrator's kubeconfig describes it already.
    return dict(yaml.safe_load(layout.kubeconfig.read_text())["clusters"][0]["cluster"])


def _new_token(layout: ArgoLayout, name: str, kubectl: Path) -> str:
    done = subprocess.run(
        [
            str(kubectl),
            f"--kubeconfig={layout.cluster.kubeconfig}",
            f"--namespace={NAMESPACE}",
            "create",
            "token",
            name,
            f"--duration={_TOKEN_LIFETIME}",
        ],
        env={"HOME": str(layout.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"no token for ServiceAccount {name} of namespace {NAMESPACE}: {done.stderr.strip()}")
    return done.stdout.strip()
