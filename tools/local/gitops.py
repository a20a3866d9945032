"""A stack of the embedded default that Argo CD delivers: from Git, where `rendered/` is published, into the cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from components.settings import Identity
from errors import UserError
from tools import window_calendar
from tools.embedded.argocd import application, argocd, repository
from tools.embedded.argocd import sync as by_hand
from tools.embedded.argocd.api import SECRETS, get
from tools.local.stack import Stack

Report = Callable[[str], None]

PATIENCE = 300.0
"""Seconds that Argo CD gets to bring a whole environment up; it takes some ten where nothing is wrong."""

INSTALL_PATIENCE = 180.0
"""Seconds that another stack's `make up`, which runs at the same time, gets to install Argo CD."""


def wait_for_argocd(stack: Stack, report: Report) -> None:
    """Wait until Argo CD is there, where another stack installs it.

    Raises:
        UserError: it is not there in time.
    """
    if stack.argocd_owner == stack.name:
        return
    layout = stack.workspace.layout
    until = time.monotonic() + INSTALL_PATIENCE
    reported = False
    while get(layout, SECRETS, "argocd-secret") is None:
        owner = stack.argocd_owner
        if not reported:
            report(f"waiting for stack {owner} to install Argo CD")
            reported = True
        if time.monotonic() > until:
            raise UserError(
                f"stack {owner} installs Argo CD on this cluster, and it is not there; "
                f"type `make up STACK={owner} DELIVERY=gitops` first"
            )
        time.sleep(0.5)


def deliver(stack: Stack, tools: Mapping[str, Path], report: Report) -> str:
    """Publish what was rendered, run Argo CD's controllers, and wait until the Application is where Git is.

    Returns:
        Its status: Synced, or OutOfSync where somebody has to sync it by hand.
    """
    identity = Identity(stack.name)
    branch, path = stack.config["gitops"]["branch"], identity.rendered
    workspace = stack.workspace
    commit = repository.publish(workspace.repository, workspace.root / path, path, branch, f"Render {stack.name}")
    layout = workspace.layout
    argocd.up(layout, tools, report)
    return application.wait_for(layout, identity.application, commit, report, PATIENCE)


def sync(stack: Stack, tools: Mapping[str, Path], report: Report, *, prune: bool, confirmed: bool) -> str:
    """Have Argo CD sync an Application by hand, and wait for it.

    Returns:
        Its status: Synced, or OutOfSync where something has left Git and stays.

    Raises:
        UserError: the stack is not delivered by GitOps, or something protected would be deleted without `confirmed`.
        UserError: Argo CD refuses, outside of the windows for one.
    """
    if stack.delivered != "gitops":
        raise UserError(f"stack {stack.name} is not up with GitOps; type `make up STACK={stack.name} DELIVERY=gitops`")
    layout = stack.workspace.layout
    argocd.up(layout, tools, report)
    try:
        return by_hand.sync(
            layout, tools, Identity(stack.name).application, report, PATIENCE, prune=prune, confirmed=confirmed
        )
    except by_hand.ClosedError as closed:
        settings = window_calendar.settings(stack.name)
        raise UserError(
            f"{closed}; it syncs {window_calendar.in_words(settings)}; next open: "
            f"{window_calendar.next_open(settings, datetime.now(UTC))}; "
            f"`make calendar STACK={stack.name}` shows two weeks"
        ) from closed
    except application.UnconfirmedError as question:
        raise UserError(
            f"{question.what} has left Git, and is protected: all else is applied, and nothing deleted; if you mean to "
            f"delete it, type `make sync STACK={stack.name} PRUNE=yes CONFIRM={stack.name}`, and otherwise put its "
            "manifest back into Git"
        ) from question
