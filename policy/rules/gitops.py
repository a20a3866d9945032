"""Policies for Argo CD: what it may apply, when, and who may log in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ops.model import Object
from policy.manifest import items, part, spec
from policy.rule import PRODUCTION, Topic

topic = Topic("GitOps", "What Argo CD may apply, from where, when, and who may tell it to.")

APPLICATION = ("Application",)
PROJECT = ("AppProject",)
_ONCE_A_DAY = re.compile(r"\d{1,2} \d{1,2} \S+ \S+ \S+")


def _applies_nothing(project: Object) -> bool:
    """Whether a project is there to allow nothing, as our `default` is."""
    return not items(spec(project), "destinations") and not items(spec(project), "sourceRepos")


@topic.rule(
    "production-is-synced-by-hand",
    kinds=APPLICATION,
    where=PRODUCTION,
    refuses="An Application in production that syncs by itself.",
    why="A merge would be a release, at any hour, with nobody's approval.",
    mend="set gitops.automated to false",
)
def _by_itself(found: Object) -> Iterator[str]:
    automated = part(spec(found), "syncPolicy").get("automated")
    if automated is not None and automated.get("enabled") is not False:
        yield "it syncs by itself"


@topic.rule(
    "production-has-sync-windows",
    kinds=PROJECT,
    where=PRODUCTION,
    refuses="An AppProject in production that allows syncs at any time.",
    why="Releases belong where somebody watches them and few users are there.",
    mend="set gitops.windows, one of them with kind allow",
)
def _any_time(found: Object) -> Iterator[str]:
    kinds = {window.get("kind") for window in items(spec(found), "syncWindows")}
    if not _applies_nothing(found) and "allow" not in kinds:
        yield "it has no sync window that allows"


@topic.rule(
    "windows-mean-what-they-say",
    kinds=PROJECT,
    refuses="A sync window without a time zone, or whose schedule strikes more than once a day.",
    why="Without a zone it goes by UTC, an hour off half the year; and `2-4` in the hour field opens three windows.",
    mend="write it as days, from and to in gitops.windows, with gitops.timeZone",
)
def _unclear(found: Object) -> Iterator[str]:
    for window in items(spec(found), "syncWindows"):
        name = f"the window {window.get('kind')} {window.get('schedule')}"
        if not window.get("timeZone"):
            yield f"{name} has no time zone"
        if not _ONCE_A_DAY.fullmatch(window.get("schedule") or ""):
            yield f"{name} strikes more than once a day"


@topic.rule(
    "projects-name-what-they-allow",
    kinds=PROJECT,
    refuses="An AppProject with `*` in its repositories, destinations or lists of allowed kinds.",
    why="A project is the only limit of Argo CD, which itself may do everything in the cluster.",
    mend="name each repository, namespace, cluster and kind",
)
def _allows_anything(found: Object) -> Iterator[str]:
    own = spec(found)
    for key in ("sourceRepos", "sourceNamespaces"):
        if any("*" in entry for entry in items(own, key)):
            yield f"{key} has *"
    for entry in items(own, "destinations"):
        if any("*" in (entry.get(key) or "") for key in ("namespace", "server", "name")):
            yield "destinations has *"
    for key in ("clusterResourceWhitelist", "namespaceResourceWhitelist"):
        if any(entry.get("kind") == "*" or entry.get("group") == "*" for entry in items(own, key)):
            yield f"{key} has *"


@topic.rule(
    "projects-take-no-secrets-from-git",
    kinds=PROJECT,
    refuses="An AppProject that would apply a Secret, or that allows every kind by allowing none in particular.",
    why="A Secret in Git is no secret.",
    mend="put Secret on namespaceResourceBlacklist, and list the allowed kinds in namespaceResourceWhitelist",
)
def _takes_secrets(found: Object) -> Iterator[str]:
    if _applies_nothing(found):
        return
    secret = {"group": "", "kind": "Secret"}
    refused = [dict(entry) for entry in items(spec(found), "namespaceResourceBlacklist")]
    if secret not in refused:
        yield "Secret is not on its namespaceResourceBlacklist"
    if "namespaceResourceWhitelist" not in spec(found):
        yield "it has no namespaceResourceWhitelist"


@topic.rule(
    "applications-belong-to-a-project",
    kinds=APPLICATION,
    refuses="An Application of the project `default`.",
    why="That project is everybody's, and Argo CD makes it anew with no limits where it is missing.",
    mend="name the environment's own project",
)
def _no_project(found: Object) -> Iterator[str]:
    if spec(found).get("project", "default") == "default":
        yield "its project is default"


@topic.rule(
    "applications-follow-a-branch",
    kinds=APPLICATION,
    refuses="An Application that follows HEAD, whatever branch that is.",
    why="Who changes the repository's default branch would change what runs.",
    mend="set gitops.branch",
)
def _follows_head(found: Object) -> Iterator[str]:
    if (part(spec(found), "source").get("targetRevision") or "HEAD") == "HEAD":
        yield "it follows HEAD"


@topic.rule(
    "applications-delete-with-care",
    kinds=APPLICATION,
    refuses="An Application that makes namespaces, replaces objects, or deletes them before their children are gone.",
    why="`Replace` deletes and makes anew, volumes too; and an orphaned pod goes on working on the old queue.",
    mend="use the syncOptions of components/delivery/application.py",
)
def _careless(found: Object) -> Iterator[str]:
    options = items(part(spec(found), "syncPolicy"), "syncOptions")
    if "PrunePropagationPolicy=foreground" not in options:
        yield "its syncOptions lack PrunePropagationPolicy=foreground"
    for option in ("CreateNamespace=true", "Replace=true", "Force=true", "Validate=false"):
        if option in options:
            yield f"its syncOptions have {option}"


@topic.rule(
    "argocd-lets-nobody-in-by-default",
    kinds=("ConfigMap",),
    refuses="An Argo CD that anonymous users may enter, that gives everybody a role, or that offers a shell in pods.",
    why="Who may use Argo CD may do in the cluster what it may.",
    mend="leave these settings to components/platform/argocd/config.py",
)
def _lets_in(found: Object) -> Iterator[str]:
    data = part(found.manifest, "data")
    if found.name == "argocd-cm":
        for key in ("users.anonymous.enabled", "exec.enabled"):
            if data.get(key) == "true":
                yield f"{key} is true"
    if found.name == "argocd-rbac-cm" and data.get("policy.default"):
        yield "policy.default gives everybody a role"
