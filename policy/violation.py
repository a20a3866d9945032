"""What policies report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """An object that breaks a policy.

    Attributes:
        stack: the object's stack.
        policy: the policy's name.
        mandatory: whether it stops the deployment; if not, it is advice, or exempt.
        object: the object's title.
        message: what is wrong, and how to fix it.
        exemption: until when it is exempt, who answers for it, and why; "" if it is not exempt.
    """

    stack: str
    policy: str
    mandatory: bool
    object: str
    message: str
    exemption: str = ""
