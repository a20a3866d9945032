"""Stand-ins for what a cloud's kubeconfig calls for a credential.

`python -m tools.embedded.clouds.credentials COMMAND ...` is one of them. It takes what the real one takes, and prints a
credential of the embedded API server.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from errors import UserError
from tools.embedded.clouds.cloud import Cloud
from tools.embedded.clouds.layout import CloudLayout

AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""Entra's id of the application that every AKS cluster's API server is (learn.microsoft.com, kubelogin)."""


def main() -> int:
    """Print an ExecCredential."""
    command, *arguments = sys.argv[1:]
    info = json.loads(os.environ.get("KUBERNETES_EXEC_INFO", "{}"))
    try:
        layout = CloudLayout.named()
        {"aws": _aws, "gke-gcloud-auth-plugin": _gke, "kubelogin": _kubelogin}[command](layout, arguments, info)
    except UserError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    status = {"token": layout.administrator}
    print(json.dumps({"apiVersion": info.get("apiVersion"), "kind": "ExecCredential", "status": status}))
    return 0


def _aws(layout: CloudLayout, arguments: Sequence[str], _: object) -> None:
    """Check `aws eks get-token`."""
    parser = argparse.ArgumentParser("aws", allow_abbrev=False)
    parser.add_argument("--region", required=True)
    parser.add_argument("--output", choices=["json"])
    parser.add_argument("service", choices=["eks"])
    parser.add_argument("operation", choices=["get-token"])
    parser.add_argument("--cluster-name", required=True)
    name = parser.parse_args(arguments).cluster_name
    if not Cloud(layout.existing("aws")).has_cluster("aws", name):
        raise UserError(f"there is no cluster {name}")


def _gke(layout: CloudLayout, arguments: Sequence[str], info: dict[str, Any]) -> None:
    """Check `gke-gcloud-auth-plugin`, which takes no argument: kubectl says which cluster is meant."""
    argparse.ArgumentParser("gke-gcloud-auth-plugin", allow_abbrev=False).parse_args(arguments)
    server = info.get("spec", {}).get("cluster", {}).get("server")
    if server is None:
        raise UserError("KUBERNETES_EXEC_INFO names no cluster; set provideClusterInfo: true")
    if server != layout.endpoint.server or not Cloud(layout.existing("gcp")).has_cluster("gcp"):
        raise UserError(f"there is no cluster at {server}")


def _kubelogin(layout: CloudLayout, arguments: Sequence[str], _: object) -> None:
    """Check `kubelogin get-token`."""
    parser = argparse.ArgumentParser("kubelogin", allow_abbrev=False)
    parser.add_argument("operation", choices=["get-token"])
    parser.add_argument("--login", choices=["azurecli", "devicecode", "workloadidentity"], required=True)
    parser.add_argument("--server-id", required=True, choices=[AKS_SERVER])
    parser.parse_args(arguments)
    if not Cloud(layout.existing("azure-native")).has_cluster("azure-native"):
        raise UserError("there is no cluster")


if __name__ == "__main__":
    sys.exit(main())
