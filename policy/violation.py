"""What the policies find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """What breaks a policy.

    Attributes:
        stack: in which environment.
        policy: the policy's name.
        mandatory: whether it stops a deployment, or only advises against it.
        object: the object's title.
        message: what is wrong, and how to mend it.
        exemption: why it is let through, by whom and until when; "" where it is not.
    """

    stack: str
    policy: str
    mandatory: bool
    object: str
    message: str
    exemption: str = ""
