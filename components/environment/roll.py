"""Rolls the workloads whose pods began before a Secret of theirs changed. Runs in a pod, on the standard library.

In the environment: WORKLOADS, a line such as `deployments/smarthr360-api smarthr360-secrets` for each; ACCOUNT, the
folder with a ServiceAccount's token; and what Kubernetes puts there. Reads no value of a Secret but by way of the API's
answer, and writes none anywhere.
"""

import json
import os
import ssl
import urllib.request
from pathlib import Path
from typing import Any

ANNOTATION = "smarthr360.com/secret-changed"
"""Of a pod template: when the Secret was changed that its pods are to read. The same value again rolls nothing."""


def ask(path: str, body: object = None) -> Any:
    """Ask the API server for an object, or change it by what a merge patch says."""
    account = Path(os.environ["ACCOUNT"])
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    request = urllib.request.Request(
        f"https://{f'[{host}]' if ':' in host else host}:{port}{path}",
        data=json.dumps(body).encode() if body else None,
        method="PATCH" if body else "GET",
        headers={
            "Authorization": f"Bearer {(account / 'token').read_text()}",
            "Content-Type": "application/merge-patch+json",
        },
    )
    context = ssl.create_default_context(cafile=str(account / "ca.crt"))
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310
        return json.load(answer)


def changed(secret: Any) -> str:
    """When a Secret's data last changed: the API server notes it for each writer."""
    own = secret["metadata"]
    times = [
        entry["time"]
        for entry in own.get("managedFields", [])
        if not {"f:data", "f:stringData"}.isdisjoint(entry.get("fieldsV1", {}))
    ]
    return str(max(times, default=own["creationTimestamp"]))


def main() -> None:
    """Look at each workload once."""
    namespace = (Path(os.environ["ACCOUNT"]) / "namespace").read_text()
    for line in os.environ["WORKLOADS"].splitlines():
        workload, secret = line.split()
        since = changed(ask(f"/api/v1/namespaces/{namespace}/secrets/{secret}"))
        path = f"/apis/apps/v1/namespaces/{namespace}/{workload}"
        found = ask(path)
        annotations = found["spec"]["template"]["metadata"].get("annotations", {})
        # Times in UTC, to the second, sort as text.
        stale = since > annotations.get(ANNOTATION, found["metadata"]["creationTimestamp"])
        if stale:
            template = {"metadata": {"annotations": {ANNOTATION: since}}}
            ask(f"{path}?fieldManager=smarthr360-rotation", {"spec": {"template": template}})
        result = "rolled" if stale else "nothing to do"
        print(f"{workload}: {result}, {secret} changed at {since}", flush=True)  # noqa: T201 - the pod's log


if __name__ == "__main__":
    main()
