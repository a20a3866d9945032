"""Start a sync by hand, as people do it with Argo CD's own command line."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from errors import UserError
from tools.embedded.argocd.api import APPLICATIONS, Object, get
from tools.embedded.argocd.application import UnconfirmedError, watch
from tools.embedded.argocd.argocd import sync_server
from tools.embedded.argocd.layout import NAMESPACE, ArgoLayout
from tools.embedded.argocd.run import Report
from tools.embedded.cluster.ports import LOOPBACK
from tools.embedded.cluster.state import Layout


class ClosedError(UserError):
    """It is outside of the sync windows."""


def sync(
    layout: Layout,
    tools: Mapping[str, Path],
    name: str,
    report: Report,
    timeout: float,
    *,
    prune: bool = False,
    confirmed: bool = False,
) -> str:
    """Sync an Application, in its sync windows only, and wait for the end.

    `argocd app sync --core`, which needs no server, looks for one in the pods of the install, and these are simulated
    here. So this starts one for as long as it takes, and asks it with `argocd app sync`.

    Args:
        layout: The files of the cluster, which Argo CD is up beside.
        tools: Where the programs are, as the engine installer reports.
        name: The Application.
        report: Called with one line for each step.
        timeout: Seconds that the sync is allowed to take.
        prune: Whether objects that have left Git are deleted as well.
        confirmed: Whether that is meant for those as well that Argo CD asks about, because they hold data.

    Returns:
        Its status: Synced, or OutOfSync where something would have to be pruned.

    Raises:
        UnconfirmedError: Argo CD asks; the sync is ended, all of it is done but the deletions.
        ClosedError: Argo CD refuses, as it is outside of the sync windows.
        UserError: There is no such Application, Argo CD refuses for another reason, the sync fails or takes too long.
    """
    application = get(layout, APPLICATIONS, name)
    if application is None:
        raise UserError(f"there is no Application {name} in namespace {NAMESPACE}")
    report(f"asking Argo CD to sync {name}")
    done = _argocd(layout, tools, report, "sync", name, "--async", *(["--prune"] if prune else []))
    if done.returncode:
        raise refusal(application, done.stderr)
    commit = _commit(get(layout, APPLICATIONS, name) or {})
    try:
        return watch(layout, name, commit, report, timeout, by_hand=True)
    except UnconfirmedError:
        if prune and not confirmed:
            # Otherwise it would go on for ever, and no other could begin.
            _argocd(layout, tools, report, "terminate-op", name)
            raise
    # It asks even where it is not to prune, and deletes nothing then.
    _argocd(layout, tools, report, "confirm-deletion", name)
    return watch(layout, name, commit, report, timeout, by_hand=True, confirmed=True)


def _argocd(
    layout: Layout, tools: Mapping[str, Path], report: Report, *arguments: str
) -> "subprocess.CompletedProcess[str]":
    """Run `argocd app`."""
    with sync_server(layout, tools, report) as port:
        return subprocess.run(
            [str(tools["argocd"]), "app", *arguments, f"--server={LOOPBACK}:{port}", "--plaintext"],
            # Its settings, where a person has some, are not for this server.
            env={"ARGOCD_BINARY_NAME": "argocd", "HOME": str(ArgoLayout(layout).home), "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )


def _commit(application: Object) -> str:
    """What is being synced: once it has begun, the controller can have taken the operation over into the status."""
    operation = application.get("operation") or application["status"]["operationState"]["operation"]
    return str(operation["sync"]["revision"])


def refusal(application: Object, output: str) -> UserError:
    """Argo CD's refusal, as a sentence."""
    lines = output.strip().splitlines() or [""]
    try:
        message = str(json.loads(lines[-1])["msg"])
    except (ValueError, KeyError):
        message = lines[-1]
    reason = message.rpartition(" desc = ")[2]
    sentence = f"Argo CD refuses to sync {application['metadata']['name']}: {reason}"
    return ClosedError(sentence) if "sync window" in reason else UserError(sentence)
