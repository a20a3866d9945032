"""The page that lists all policies, written from their own facts."""

from __future__ import annotations

from collections.abc import Iterator

from policy.checking import STALE
from policy.objects import MAKES_PODS
from policy.rule import PATCH, Policy, Topic
from policy.rules import POLICIES, TOPICS

HEAD = f"""\
# Policies

<!-- Written by `make docs` from policy/rules; change those. -->

What no stack may ever contain: {len(POLICIES)} policies. A mandatory one stops a deployment, an advisory one says what
would be better. The same rules are run

- on what a revision requests, without a cluster: `python -m review diff` and `python -m review inventory`;
- by Pulumi's engine: `pulumi preview --policy-pack policy`, or `pulumi up` with the same option, after
  `eval "$(make -s env)"`. Where a value is not known before the deployment, Pulumi says that it can't run a policy yet,
  and runs it during `up`.

No message holds a value that could be secret.

## Exemptions

`policy/exemptions.yaml` lets an object break a mandatory policy for a while. An entry names the policy, the stacks, the
object, who answers for it, why, and its last day; the file shows one. Every report lists what is let through. From the
day after, the policy is mandatory again, and says that the exemption is over. An entry that lets nothing through is
refused (`{STALE}`), so that none outlives its reason.

## How objects are read

As those who enforce the rules read them ([decision 19](decisions/0019-where-policies-hold.md)):

- A `List`, or a list of one kind, is opened; each of its objects is judged by itself, and with the others.
- Pods are found in each kind of Kubernetes' own, and in whatever part of another kind looks like the spec of one; all
  their containers count, those that run first, beside the others, or for somebody who looks into a pod. What an
  EnvoyProxy leaves out, Envoy Gateway fills in, and that is taken for good.
- Ranges of addresses are added up, without what they leave out. What is more than an IPv4 /8 or an IPv6 /16 of the
  internet is everybody.
- A rule of a Role is matched as the API server's authorizer does, `*` and `*/exec` too; an IAM action as AWS does, by
  patterns and whatever its case; an AppProject's pattern as Argo CD does.
- Secrets are looked for in texts, in base64, and in files of lines, JSON, XML, .pgpass and .netrc.

They do not judge

- what is chosen by a pinned release or chart, where a policy says so, and the values of one that is not made here;
- what Argo CD would get from Git beside what the program renders: that `rendered/` is just that, `make render-check`
  tests, and what a project lets in, the AppProject says;
- prefix lists, security groups and service tags that a firewall names: who is behind them, only the cloud knows;
- what a Condition of an IAM statement says, and permission boundaries;
- values that are not known before the deployment, until it runs;
- secrets in words of their own, such as a password that reads like a name and stands where no name gives it away.

## A new policy

It is a function in `policy/rules/` that says, for an object, what is wrong with it. The facts above it make its chapter
here. `tests/support/policy_cases*.py` have an object that breaks it and one that does not, and a test asks for them.
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
            f"- To mend it: {policy.mend}.",
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
