"""Watch an Application until Argo CD has brought the cluster to where Git is."""

import time
from typing import Any

from errors import UserError
from tools.embedded.argocd.api import APPLICATIONS, Object, get
from tools.embedded.argocd.layout import NAMESPACE
from tools.embedded.argocd.run import Report
from tools.embedded.cluster.state import Layout

_POLL = 0.5  # seconds

# Seconds. What Argo CD complains of can pass at its next look, for example while its repo-server starts.
_PATIENCE = 10.0

_ASKS = "Waiting for pruning confirmation of "


class UnconfirmedError(UserError):
    """Argo CD asks somebody before it deletes what is protected, and its sync goes on until there is an answer.

    Args:
        name: The Application.
        what: What it would delete.
    """

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"Argo CD asks before it deletes {what} for {name}, and nobody has confirmed it")
        self.what = what


def wait_for(layout: Layout, name: str, revision: str, report: Report, timeout: float) -> str:
    """Wait until an Application is where Git is.

    One with automation has to become Synced to the commit, and Healthy. For another one the comparison with the commit
    is enough, and its health where nothing differs.

    Args:
        layout: The files of the cluster, which Argo CD is up beside.
        name: The Application.
        revision: The commit, by its full id.
        report: Called with one line each time there is progress.
        timeout: Seconds.

    Returns:
        Its status: Synced, or OutOfSync for one that waits to be synced by hand.

    Raises:
        UserError: Argo CD can't compare or sync it, asks somebody for a confirmation, or it takes too long.
    """
    return watch(layout, name, revision, report, timeout, by_hand=False)


def watch(
    layout: Layout,
    name: str,
    revision: str,
    report: Report,
    timeout: float,
    *,
    by_hand: bool,
    confirmed: bool = False,
) -> str:
    """As `wait_for`, for a sync that somebody has just started by hand: its failure is an error as well.

    Where somebody has just confirmed what Argo CD asks, it takes a moment to see that.
    """
    started = complained = time.monotonic()
    reported = complaint = ""
    while True:
        application = get(layout, APPLICATIONS, name)
        state = State(application or {}, revision)
        if (state.is_automated or by_hand) and (failure := state.failure()):
            raise UserError(f"Argo CD could not sync {name} to {revision[:7]}: {failure}")
        if not confirmed and (deletion := state.asks()):
            raise UnconfirmedError(name, deletion)
        if state.is_done():
            return state.status
        now = time.monotonic()
        if state.complaint() != complaint:
            complaint, complained = state.complaint(), now
        if complaint and now - complained > _PATIENCE:
            raise UserError(f"Argo CD cannot work with Application {name}: {complaint}")
        progress = state.progress() if application else "waiting for the Application to be made"
        if progress != reported:
            reported = progress
            report(f"{name}: {progress}, {now - started:.0f} s")
        if now - started > timeout:
            raise UserError(
                f"Application {name} is not at {revision[:7]} after {timeout:.0f} s: {progress}; "
                f"`kubectl get application {name} -n {NAMESPACE} -o yaml` shows more"
            )
        time.sleep(_POLL)


class State:
    """What an Application says of itself, and of a commit.

    Args:
        application: The object as the API sends it; empty where there is none yet.
        revision: The commit's id.
    """

    def __init__(self, application: Object, revision: str) -> None:
        self._revision = revision
        self.is_automated = _is_automated(application)
        self._status: dict[str, Any] = application.get("status") or {}
        self._operation: dict[str, Any] = self._status.get("operationState") or {}
        self._is_syncing = "operation" in application or self._has_begun()

    @property
    def status(self) -> str:
        """Synced, OutOfSync or Unknown."""
        return str(self._status.get("sync", {}).get("status", "Unknown"))

    @property
    def health(self) -> str:
        """Healthy, Progressing, Degraded, Suspended, Missing or Unknown."""
        return str(self._status.get("health", {}).get("status", "Unknown"))

    def is_done(self) -> bool:
        """Whether there is nothing left to wait for."""
        if self._is_syncing or not self._is_compared():
            return False
        if self.status == "OutOfSync":
            # Both times are whole seconds: a comparison in the second in which a sync ended can be of before it.
            return not self.is_automated and self._times()[0] != self._times()[1]
        return self.status == "Synced" and self.health == "Healthy"

    def failure(self) -> str | None:
        """Why the sync to the commit has failed for good, None where it has not."""
        if self._is_syncing or self._operation.get("phase") not in ("Failed", "Error"):
            return None
        if self._synced_revision() != self._revision:
            return None
        return self._message()

    def asks(self) -> str:
        """What Argo CD would delete if somebody confirmed it; empty where it asks nothing."""
        message = self._message() if self._has_begun() else ""
        return message.removeprefix(_ASKS) if message.startswith(_ASKS) else ""

    def complaint(self) -> str:
        """What is wrong with the Application or with what Git says, according to Argo CD; empty where nothing is."""
        conditions = self._status.get("conditions", [])
        return "; ".join(each["message"] for each in conditions if each["type"].endswith("Error"))

    def progress(self) -> str:
        """What is going on, and how far it is."""
        if self._is_syncing:
            return self._sync_progress()
        if not self._is_compared():
            return f"waiting for Argo CD to see {self._revision[:7]}"
        resources = [each for each in self._status.get("resources", []) if "health" in each]
        others = [f"{each['kind']} {each['name']}" for each in resources if each["health"].get("status") != "Healthy"]
        text = f"{self.status}, {self.health}: {len(resources) - len(others)} of {len(resources)} healthy"
        return f"{text}, not {', '.join(others[:3])}" if others else text

    def _sync_progress(self) -> str:
        if not self._has_begun():
            return "sync is about to begin"
        known = self._status.get("resources", [])
        results = self._operation.get("syncResult", {}).get("resources", [])
        waves = {_key(each): each.get("syncWave", 0) for each in known}
        applied = [_key(each) for each in results if each.get("status") not in (None, "SyncFailed")]
        # One to another commit goes on until it has succeeded, or failed as often as it is allowed to.
        text = "sync" if self._synced_revision() == self._revision else f"sync to {self._synced_revision()[:7]} first"
        if applied:
            text += f": wave {max(waves.get(key, 0) for key in applied)}"
        text += f", {len(applied)} of {max(len(known), len(results))} objects applied"
        return f"{text}, {message}" if (message := self._message()) else text

    def _has_begun(self) -> bool:
        return self._operation.get("phase") in ("Running", "Terminating")

    def _is_compared(self) -> bool:
        """Whether the comparison is with the commit, and not from before the last sync."""
        compared, synced = self._times()
        return self._status.get("sync", {}).get("revision") == self._revision and compared >= synced

    def _times(self) -> tuple[str, str]:
        """When it was compared, and when a sync ended, last; as texts, whose order is that of the times."""
        return str(self._status.get("reconciledAt", "")), str(self._operation.get("finishedAt", ""))

    def _synced_revision(self) -> str:
        requested = self._operation.get("operation", {}).get("sync", {})
        return str(self._operation.get("syncResult", {}).get("revision") or requested.get("revision", ""))

    def _message(self) -> str:
        """What Argo CD reports of the sync, and of the objects that it failed at."""
        message = " ".join(str(self._operation.get("message", "")).split())
        reasons = [message] if message else []
        for each in self._operation.get("syncResult", {}).get("resources", []):
            if each.get("status") == "SyncFailed" or each.get("hookPhase") in ("Failed", "Error"):
                reason = " ".join(each.get("message", "").split())
                if reason not in message:
                    reasons.append(f"{each['kind']} {each['name']}: {reason}")
        return "; ".join(reasons)


def _is_automated(application: Object) -> bool:
    automated = application.get("spec", {}).get("syncPolicy", {}).get("automated")
    return automated is not None and automated.get("enabled", True)


def _key(resource: Object) -> tuple[str, ...]:
    return tuple(resource.get(field, "") for field in ("group", "kind", "namespace", "name"))
