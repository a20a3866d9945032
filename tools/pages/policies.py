"""The page that lists all policies, generated from their declarations."""

from __future__ import annotations

from collections.abc import Iterator

from policy.checking import STALE
from policy.objects import MAKES_PODS
from policy.rule import PATCH, Policy, Topic
from policy.rules import POLICIES, TOPICS

HEAD = f"""\
# Policies

<!-- Written by `make docs` from policy/rules; change those. -->

What no stack is allowed to contain: {len(POLICIES)} policies. A mandatory one stops a deployment, an advisory one says
what would be better. The same rules are run

- on what a revision requests, without a cluster: `python -m review diff` and `python -m review inventory`;
- by Pulumi's engine: `pulumi preview --policy-pack policy`, or `pulumi up` with the same option, after
  `eval "$(make -s env)"`. Where a value is not known before the deployment, Pulumi says that it can't run a policy yet,
  and runs it during `up`.

No message contains a value that could be secret.

## Exemptions

`policy/exemptions.yaml` lets an object break a mandatory policy for a while. An entry names the policy, the stacks, the
object, who answers for it, why, and its last day; the file shows one. Every report lists what is exempt. From the day
after, the policy is mandatory again, and its message says that the exemption is over. An entry that nothing needs is
refused (`{STALE}`), so that none outlives its reason.

## How objects are read

They are read as by those who enforce the rules ([decision 19](decisions/0019-where-policies-hold.md)):

- A `List`, or a list of one kind, is opened; each of its objects is judged by itself, and with the others.
- Pods are found in each of Kubernetes' own kinds, and in whatever part of another kind looks like a pod's spec. All
  their containers count, including init containers, sidecars and ephemeral ones. What an EnvoyProxy leaves out, Envoy
  Gateway fills in, and that is accepted.
- Ranges of addresses are added up, without their exceptions. More than an IPv4 /8 or an IPv6 /16 of the internet counts
  as everybody.
- A Role's rule is matched as by the API server's authorizer, including `*` and `*/exec`; an IAM action as by AWS, by
  patterns and ignoring case; an AppProject's pattern as by Argo CD.
- Secrets are looked for in plain text, in base64, and in files of lines, JSON, XML, .pgpass and .netrc.

They do not judge

- what a pinned release or chart decides, where a policy says so, and the values of one that is not made here;
- what Argo CD could get from Git besides what the program renders: `make render-check` tests that `rendered/` is just
  that, and the AppProject limits what is let in;
- prefix lists, security groups and service tags that a firewall names: only the cloud knows who is behind them;
- the Conditions of IAM statements, and permission boundaries;
- values that are not known before the deployment, until it runs;
- secrets that look like ordinary words, under a name that does not give them away.

## A new policy

It is a function in `policy/rules/` that says what is wrong with an object. The arguments above it make its entry here.
`tests/support/policy_cases*.py` have an object that breaks it and one that does not, and a test requires both.
"""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEAD, *(_chapter(topic) for topic in TOPICS)])


def _chapter(topic: Topic) -> str:
    return "\n".join([f"## {topic.title}\n", f"{topic.about}\n", *(_entry(policy) for policy in topic.policies)])


def _entry(policy: Policy) -> str:
    return "\n".join(
        [
            f"### {policy.name}\n",
            f"- Refuses: {policy.refuses}",
            f"- Why: {policy.why}",
            f"- To fix it: {policy.mend}.",
            f"- {'Mandatory' if policy.mandatory else 'Advisory'}, {policy.where}, for {_kinds(policy)}",
            *_left_out(policy),
            "",
        ]
    )


def _kinds(policy: Policy) -> str:
    if "*" in policy.kinds:
        return "every Kubernetes object"
    words = {MAKES_PODS: "whatever makes pods", PATCH: "every `...Patch` of Pulumi's"}
    return ", ".join(words.get(kind, f"`{kind}`") for kind in policy.kinds)


def _left_out(policy: Policy) -> Iterator[str]:
    if policy.released:
        yield f"- Not for what Argo CD's release brings: {policy.released}"
    if policy.charted:
        yield f"- Not for what an add-on's chart brings: {policy.charted}"
