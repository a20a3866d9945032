"""What no stack is allowed to contain, as rules over plain manifests.

`pulumi preview --policy-pack policy` runs them (see `policy.pack`), and so does `policy.check`, on what a revision
requests. docs/policies.md lists them.
"""

from policy.checking import check

__all__ = ["check"]
