"""Policies for Argo CD: what it is allowed to apply and when, and who is allowed to log in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from manifests import argocd, sync_windows
from manifests.objects import Manifest, items, part
from manifests.switches import may_be_on
from policy.objects import MAKES_PODS, containers, spec
from policy.rule import PRODUCTION, Topic
from snapshot.model import Object

topic = Topic("GitOps", "What Argo CD is allowed to apply, from where, when, and on whose orders.")

APPLICATION = ("Application", "ApplicationSet")
PROJECT = ("AppProject",)
_SERVER = ("server.disable.auth",)
_FORCED = ("Replace=true", "Force=true", "Validate=false")
_RANGE = re.compile(r"[*<>=^~|]|(?:^|\.)[xX](?:\.|$)|\s")
"""What a range of versions contains, and a branch does not: `1.*`, `>=1`, `^1.2`, `1.x`."""
_HALF_A_WEEK = 84  # hours
_ONCE_A_DAY = re.compile(r"\d{1,2} \d{1,2} \S+ \S+ \S+")


def _applies_nothing(project: Object) -> bool:
    """Whether a project allows nothing on purpose, as our `default` does."""
    return not items(spec(project), "destinations") and not items(spec(project), "sourceRepos")


@topic.rule(
    "production-is-synced-by-hand",
    kinds=APPLICATION,
    where=PRODUCTION,
    refuses="An Application in production that syncs automatically, or requests a sync as soon as it exists.",
    why="Every merge would be a release, at any hour, without anybody's approval.",
    mend="set gitops.automated to false, and leave out operation and templatePatch",
)
def _by_itself(item: Object) -> Iterator[str]:
    if any(map(argocd.syncs_by_itself, argocd.applications(item.manifest))):
        yield "it syncs automatically"
    if item.manifest.get("operation"):
        yield "it requests a sync in `operation`"
    if spec(item).get("templatePatch"):
        yield "it patches the Applications that it makes, in templatePatch"


@topic.rule(
    "production-has-sync-windows",
    kinds=PROJECT,
    where=PRODUCTION,
    refuses="An AppProject in production whose Applications can be synced for more than half of the week.",
    why="Releases belong in hours when somebody watches them and few users are online.",
    mend="set gitops.windows, at least one of them with kind allow, for all Applications, and without manualSync",
)
def _any_time(item: Object) -> Iterator[str]:
    if _applies_nothing(item):
        return
    if "allow" not in {window.get("kind") for window in items(spec(item), "syncWindows")}:
        yield "it has no sync window of kind allow"
        return
    for by_hand, how in ((False, "automatically"), (True, "by hand")):
        hours = sync_windows.at_most(item.manifest, by_hand).bit_count() / 60
        if hours > _HALF_A_WEEK:
            yield f"its windows let an Application sync {how} in {hours:.0f} of 168 hours"


@topic.rule(
    "windows-mean-what-they-say",
    kinds=PROJECT,
    refuses="A sync window without a time zone, or whose schedule starts more than once a day.",
    why="Without a zone it follows UTC, which is an hour off for half of the year; and `2-4` in the hour field opens "
    "three windows.",
    mend="write it as days, from and to in gitops.windows, with gitops.timeZone",
)
def _unclear(item: Object) -> Iterator[str]:
    for window in items(spec(item), "syncWindows"):
        name = f"the window {window.get('kind')} {window.get('schedule')}"
        if not window.get("timeZone"):
            yield f"{name} has no time zone"
        if not _ONCE_A_DAY.fullmatch(window.get("schedule") or ""):
            yield f"{name} starts more than once a day"


@topic.rule(
    "projects-name-what-they-allow",
    kinds=PROJECT,
    refuses="An AppProject with a pattern (`*`, `?`, `[a-z]`, `{a,b}`, `!`) in what it allows, or roles for everybody.",
    why="A project is the only limit on Argo CD, which itself is allowed to do everything in the cluster.",
    mend="name each repository, namespace, cluster, kind and group, and limit each role to Applications of its own "
    "project",
)
def _allows_anything(item: Object) -> Iterator[str]:
    own = spec(item)
    for key in ("sourceRepos", "sourceNamespaces"):
        yield from (f"{key} has the pattern {entry}" for entry in items(own, key) if argocd.is_pattern(entry))
    for entry in items(own, "destinations"):
        for key in ("namespace", "server", "name"):
            if argocd.is_pattern(entry.get(key) or ""):
                yield f"destinations has the pattern {entry[key]}"
    for key in ("clusterResourceWhitelist", "namespaceResourceWhitelist"):
        for entry in items(own, key):
            for word in ("group", "kind"):
                if argocd.is_pattern(entry.get(word) or ""):
                    yield f"{key} has the pattern {entry[word]}"
    yield from (f"destinationServiceAccounts has {entry}" for entry in _accounts(own))
    for role in items(own, "roles"):
        yield from (f"role {role.get('name')} {what}" for what in _broad(item.name, role))


def _accounts(own: Manifest) -> Iterator[str]:
    for entry in items(own, "destinationServiceAccounts"):
        yield from (
            f"the pattern {entry[key]}"
            for key in ("server", "namespace", "defaultServiceAccount")
            if argocd.is_pattern(entry.get(key) or "")
        )


def _broad(project: str, role: Manifest) -> Iterator[str]:
    """What is wrong with a role of a project: who has it, and what it allows."""
    subject = f"proj:{project}:{role.get('name')}"
    for group in items(role, "groups"):
        if not group.strip() or argocd.is_pattern(group):
            yield f"is for the group {group}" if group.strip() else "is for a group without a name"
    for line in items(role, "policies"):
        kind, who, resource, _, scope = [*(word.strip() for word in line.split(",")), *[""] * 5][:5]
        if kind != "p" or who != subject:
            yield "has a policy for somebody else"
        elif argocd.is_pattern(resource):
            yield f"has a policy for the resources {resource}"
        elif not scope.startswith(f"{project}/"):
            yield f"has a policy for {scope}, which is not limited to this project"


@topic.rule(
    "projects-take-no-secrets-from-git",
    kinds=PROJECT,
    refuses="An AppProject that allows Secrets, or every kind because it lists none.",
    why="A Secret in Git is not secret.",
    mend="add Secret to namespaceResourceBlacklist, and list the allowed kinds in namespaceResourceWhitelist",
)
def _takes_secrets(item: Object) -> Iterator[str]:
    if _applies_nothing(item):
        return
    secret = {"group": "", "kind": "Secret"}
    refused = [dict(entry) for entry in items(spec(item), "namespaceResourceBlacklist")]
    if secret not in refused:
        yield "its namespaceResourceBlacklist lacks Secret"
    if "namespaceResourceWhitelist" not in spec(item):
        yield "it has no namespaceResourceWhitelist"


@topic.rule(
    "applications-belong-to-a-project",
    kinds=APPLICATION,
    refuses="An Application of the project `default`.",
    why="That project is for everybody, and Argo CD recreates it without limits if it is missing.",
    mend="name the environment's own project",
)
def _no_project(item: Object) -> Iterator[str]:
    for own in argocd.applications(item.manifest):
        project = part(own, "spec").get("project") or "default"
        if project == "default":
            yield "its project is default"
        elif "{{" in project:
            yield f"its project is {project}, which a generator fills in"


@topic.rule(
    "applications-follow-a-branch",
    kinds=APPLICATION,
    refuses="An Application that follows HEAD, whichever branch that is, or the newest tag in a range.",
    why="Whoever changes the repository's default branch, or pushes a tag, would change what runs.",
    mend="set gitops.branch",
)
def _follows_head(item: Object) -> Iterator[str]:
    for own in argocd.applications(item.manifest):
        for source in argocd.sources(own):
            revision = source.get("targetRevision") or "HEAD"
            if revision.upper() == "HEAD":
                yield "it follows HEAD"
            elif _RANGE.search(revision) or "{{" in revision:
                yield f"it follows {revision}, which can be any of several revisions"


@topic.rule(
    "applications-delete-with-care",
    kinds=APPLICATION,
    refuses="An Application that creates namespaces, replaces objects, or deletes them before their children are gone.",
    why="`Replace` deletes and recreates objects, including volumes; and orphaned pods keep working on the old queue.",
    mend="use the syncOptions of components/delivery/application.py",
)
def _careless(item: Object) -> Iterator[str]:
    for own in argocd.applications(item.manifest):
        options = items(part(own, "spec", "syncPolicy"), "syncOptions")
        if "PrunePropagationPolicy=foreground" not in options:
            yield "its syncOptions lack PrunePropagationPolicy=foreground"
        for option in ("CreateNamespace=true", *_FORCED):
            if option in options:
                yield f"its syncOptions have {option}"


@topic.rule(
    "objects-ask-for-no-force",
    kinds=("*",),
    refuses="An object whose annotation makes Argo CD replace it, force it, or apply it without validation.",
    why="It is deleted and recreated at every sync, with everything in it.",
    mend="leave these options out of argocd.argoproj.io/sync-options",
)
def _forced(item: Object) -> Iterator[str]:
    annotation = part(item.manifest, "metadata", "annotations").get("argocd.argoproj.io/sync-options") or ""
    options = {option.strip() for option in annotation.split(",")}
    yield from (f"its sync-options have {option}" for option in _FORCED if option in options)


@topic.rule(
    "argocd-lets-nobody-in-by-default",
    kinds=("ConfigMap", MAKES_PODS),
    refuses="An Argo CD that lets people in without a login, gives everybody a role, or offers a shell in pods.",
    why="Whoever can use Argo CD can do in the cluster whatever Argo CD can.",
    mend="leave these settings to components/platform/argocd/config.py",
)
def _lets_in(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        words = [word.partition("=")[0] for word in (*items(container, "command"), *items(container, "args"))]
        names = {variable.get("name") for variable in items(container, "env") if may_be_on(variable.get("value"))}
        if ("argocd-server" in " ".join(words) and "--disable-auth" in words) or "ARGOCD_SERVER_DISABLE_AUTH" in names:
            yield f"{title} lets everybody in"
    data = part(item.manifest, "data")
    switches = {"argocd-cm": ("users.anonymous.enabled", "exec.enabled"), "argocd-cmd-params-cm": _SERVER}
    for key in switches.get(item.name, ()):
        if may_be_on(data.get(key)):
            yield f"{key} is on"
    if item.name != "argocd-rbac-cm":
        return
    if (data.get("policy.default") or "").strip():
        yield "policy.default gives everybody a role"
    # Argo CD reads policy.csv, and then every policy.*.csv.
    for key in data:
        if key.startswith("policy.") and key.endswith("csv"):
            yield from (f"{key} {what}" for line in data[key].splitlines() for what in _for_anybody(line))


def _for_anybody(line: str) -> Iterator[str]:
    """What is wrong with a line of Argo CD's policy that is for people without a name, or for everybody."""
    kind, who, *_ = [*(part.strip().strip("\"'") for part in line.split(",")), "", ""]
    if kind not in ("p", "g") or line.strip().endswith("deny"):
        return
    if not who or argocd.is_pattern(who):
        yield "gives rights to people without a name"
