"""The embedded cluster's API, as its administrator."""

import http.client
import json
from http import HTTPStatus
from typing import Any

from errors import UserError
from tools.embedded.argocd.layout import NAMESPACE
from tools.embedded.cluster.health import Api
from tools.embedded.cluster.ports import read_ports
from tools.embedded.cluster.state import Layout

Object = dict[str, Any]

APPLICATIONS = "/apis/argoproj.io/v1alpha1/applications"
PROJECTS = "/apis/argoproj.io/v1alpha1/appprojects"
CONFIG_MAPS = "/api/v1/configmaps"
SECRETS = "/api/v1/secrets"
SERVICE_ACCOUNTS = "/api/v1/serviceaccounts"


def get(layout: Layout, kind: str, name: str) -> Object | None:
    """Read an object of Argo CD's namespace.

    Args:
        layout: The cluster's files.
        kind: Version and kind: one of the constants above.
        name: Its name.

    Returns:
        The object, or None.

    Raises:
        UserError: The API server does not answer, or not with an object.
    """
    version, _, plural = kind.rpartition("/")
    ports = read_ports(layout.ports)
    try:
        if "apiserver" not in ports:
            raise ConnectionError
        status, body = Api(layout, ports).call("GET", f"{version}/namespaces/{NAMESPACE}/{plural}/{name}")
    except (OSError, http.client.HTTPException) as error:
        raise UserError("the embedded cluster does not answer; `make cluster-up` starts it") from error
    if status == HTTPStatus.NOT_FOUND:
        return None
    if status != HTTPStatus.OK:
        raise UserError(f"the API server answers {status} when asked for {plural} {name}")
    return dict(json.loads(body))
