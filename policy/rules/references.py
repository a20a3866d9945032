"""Policies for what objects refer to and select: that it exists, and listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from manifests import ports, references, selections
from manifests.stack import Faults, Objects
from policy.objects import KUBERNETES, MAKES_PODS, is_patch
from policy.rule import StackRule, Topic
from snapshot.model import Object

topic = Topic(
    "References",
    "What objects refer to and select. What is optional, what a controller makes from another object, and what is in "
    "another namespace counts as existing.",
)

_CHARTED = "operators create some of what their charts refer to at run time."
_RELEASED = "its programs create some of what they refer to at run time."


def _among(check: Callable[[Objects], Faults]) -> StackRule:
    """Make a rule of a check over all manifests of a stack."""

    def rule(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
        own = [item for item in objects if item.type.startswith(KUBERNETES) and not is_patch(item)]
        titled = {id(item.manifest): item for item in own}
        for manifest, phrase in check(Objects(item.manifest for item in own)):
            yield titled[id(manifest)], phrase

    return rule


topic.stack_rule(
    "references-lead-to-objects",
    kinds=(
        *(MAKES_PODS, "ServiceAccount", "HorizontalPodAutoscaler", "HTTPRoute", "Gateway", "Ingress"),
        *("Certificate", "Issuer"),
    ),
    charted=_CHARTED,
    released=_RELEASED,
    refuses="A reference to an object that the stack does not have, or to a key that a ConfigMap or Secret lacks.",
    why="The pod waits for it for ever, or the route answers with an error, and nothing reports it earlier.",
    mend="correct the name, create what it names, or mark the reference as optional",
)(_among(references.unnamed))

topic.stack_rule(
    "volumes-are-mounted",
    kinds=(MAKES_PODS,),
    refuses="A volume that no container mounts, a mount without a volume, or the name of a file that is not mounted.",
    why="The program starts without its configuration, or does not start at all.",
    mend="correct the name of the volume or the file",
)(_among(references.unmounted))

topic.stack_rule(
    "selectors-select-pods",
    kinds=(MAKES_PODS, "Service", "PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor"),
    released=_RELEASED,
    refuses="A selector that selects nothing, or a workload's selector that selects another's pods.",
    why="Nothing fails: a Service has no endpoints, a budget protects nothing, and a network policy allows nothing.",
    mend="correct its labels",
)(_among(selections.unselected))

topic.stack_rule(
    "ports-are-listened-on",
    kinds=(MAKES_PODS, "Service", "NetworkPolicy", "HTTPRoute", "Ingress", "ServiceMonitor", "ConfigMap"),
    charted=_CHARTED,
    released=_RELEASED,
    refuses="A reference to a port on which nothing listens, or configuration that names a missing Service.",
    why="Connections to it are refused, and a probe of it restarts the pod again and again.",
    mend="name a port of the container or of the Service",
)(_among(ports.unanswered))

topic.stack_rule(
    "certificates-are-for-their-hosts",
    kinds=("HTTPRoute", "Ingress"),
    refuses="A host that is served with a Certificate that does not cover it.",
    why="Browsers refuse the page, and users learn to click warnings away.",
    mend="add the host to dnsNames of the Certificate",
)(_among(references.uncertified))
