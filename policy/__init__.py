"""What no stack is ever allowed to contain, as rules over plain manifests.

The same rules are run by `pulumi preview --policy-pack policy` (see `policy.pack`) and, on what a revision asks for, by
`policy.check`. docs/policies.md lists them.
"""

from policy.checking import check

__all__ = ["check"]
