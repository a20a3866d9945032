"""All policies, by topic."""

from policy.rule import Policy
from policy.rules import (
    access,
    availability,
    aws,
    azure,
    edge,
    gcp,
    gitops,
    images,
    namespaces,
    network,
    pods,
    references,
    secrets_in_plain_text,
    settings,
    storage,
)

TOPICS = tuple(
    module.topic
    for module in (
        *(pods, images, secrets_in_plain_text, settings),
        *(network, references, edge, availability, storage, access, namespaces, gitops),
        *(aws, gcp, azure),
    )
)

POLICIES: dict[str, Policy] = {policy.name: policy for topic in TOPICS for policy in topic.policies}
