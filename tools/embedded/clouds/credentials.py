"""Stand-ins for what a cloud's kubeconfig calls for a credential.

`python -m tools.embedded.clouds.credentials COMMAND ...` is one of them.

They take what the real ones take, and print a real credential of the embedded API server, which ends by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from errors import UserError
from tools.embedded.clouds.cloud import Cloud
from tools.embedded.clouds.layout import Place
from tools.embedded.clouds.lookups import AKS_SERVER, find_cluster

_BETA, _V1 = "client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1"
_SPOKEN = {"aws": (_BETA, _V1), "gke-gcloud-auth-plugin": (_BETA,), "kubelogin": (_BETA, _V1)}
"""Which versions of the answer each command knows; the first where nobody says which is wanted."""

_NAMESPACE, _ACCOUNT = "kube-system", "cloud-stand-in"
_SECONDS = 900  # as EKS' own; the API server's least is ten minutes
_KUBELOGIN_LOGINS = ("azurecli", "devicecode", "interactive", "msi", "spn", "workloadidentity")


def main() -> int:
    """Print an ExecCredential."""
    command, *arguments = sys.argv[1:]
    try:
        place = Place.named()
        {"aws": _aws, "gke-gcloud-auth-plugin": _gke, "kubelogin": _kubelogin}[command](place, arguments)
        answer = {"apiVersion": _version(command), "kind": "ExecCredential", "status": _token(place)}
        print(json.dumps(answer))
    except UserError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    return 0


def _version(command: str) -> str:
    """The version that whoever calls asks for, if the command knows it."""
    wanted = json.loads(os.environ.get("KUBERNETES_EXEC_INFO", "{}")).get("apiVersion")
    return wanted if wanted in _SPOKEN[command] else _SPOKEN[command][0]


def _aws(place: Place, arguments: Sequence[str]) -> None:
    """Check `aws eks get-token`."""
    parser = argparse.ArgumentParser("aws", allow_abbrev=False)
    for option in ("--region", "--output", "--profile", "--role-arn"):
        parser.add_argument(option)
    parser.add_argument("service", choices=["eks"])
    parser.add_argument("operation", choices=["get-token"])
    parser.add_argument("--cluster-name", required=True)
    given = parser.parse_args(arguments)
    found = find_cluster(Cloud(place.existing("aws")), "aws", given.cluster_name)
    if found is None:
        raise UserError(f"there is no cluster {given.cluster_name}")
    if given.region not in (None, found.properties["region"]):
        raise UserError(
            f"there is no cluster {given.cluster_name} in {given.region}; it is in {found.properties['region']}"
        )


def _gke(place: Place, arguments: Sequence[str]) -> None:
    """Check `gke-gcloud-auth-plugin`, which takes no argument but is told by kubectl which cluster is meant."""
    argparse.ArgumentParser("gke-gcloud-auth-plugin", allow_abbrev=False).parse_args(arguments)
    try:
        server = json.loads(os.environ["KUBERNETES_EXEC_INFO"])["spec"]["cluster"]["server"]
    except (KeyError, ValueError):
        raise UserError("KUBERNETES_EXEC_INFO names no cluster; say provideClusterInfo: true") from None
    clusters = [each for each in Cloud(place.existing("gcp")).things() if each.properties.get("endpoint")]
    if server not in [f"https://{each.properties['endpoint']}" for each in clusters]:
        raise UserError(f"there is no cluster at {server}")


def _kubelogin(place: Place, arguments: Sequence[str]) -> None:
    """Check `kubelogin get-token`."""
    parser = argparse.ArgumentParser("kubelogin", allow_abbrev=False)
    parser.add_argument("operation", choices=["get-token"])
    parser.add_argument("--login", "-l", choices=_KUBELOGIN_LOGINS, default="devicecode")
    parser.add_argument("--server-id", required=True, choices=[AKS_SERVER])
    for option in ("--client-id", "--environment", "--tenant-id", "-t"):
        parser.add_argument(option)
    parser.parse_args(arguments)
    if not any(each.type.endswith(":ManagedCluster") for each in Cloud(place.existing("azure-native")).things()):
        raise UserError("there is no cluster")


def _token(place: Place) -> dict[str, str]:
    """A token of a ServiceAccount that stands for the person whom the cloud knows."""
    account = f"/api/v1/namespaces/{_NAMESPACE}/serviceaccounts"
    binding = {
        "metadata": {"name": _ACCOUNT},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": _ACCOUNT, "namespace": _NAMESPACE}],
    }
    wanted = {"spec": {"expirationSeconds": _SECONDS}}
    _post(place, account, {"metadata": {"name": _ACCOUNT}})
    _post(place, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
    status = _post(place, f"{account}/{_ACCOUNT}/token", wanted)["status"]
    return {"token": status["token"], "expirationTimestamp": status["expirationTimestamp"]}


def _post(place: Place, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make something in the cluster; that it is there already is as good."""
    request = urllib.request.Request(  # noqa: S310 - the address is the embedded API server's
        f"{place.server}{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {place.administrator}", "Content-Type": "application/json"},
    )
    context = ssl.create_default_context(cadata=place.authority_bytes().decode())
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:  # noqa: S310
            content: dict[str, Any] = json.load(answer)
            return content
    except urllib.error.HTTPError as error:
        if error.code == 409:
            return {}
        raise UserError(f"the embedded API server says {error.code} to {path}") from None
    except OSError as error:
        raise UserError(f"the embedded API server does not answer ({error}); type `make cluster-up`") from None


if __name__ == "__main__":
    sys.exit(main())
