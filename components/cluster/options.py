"""How resource options are put together: one's own come after the given ones, and win where there can be only one."""

from __future__ import annotations

from typing import Any

import pulumi


def extended(opts: pulumi.ResourceOptions | None, **own: Any) -> pulumi.ResourceOptions:
    """Return options with more in them.

    Args:
        opts: the given options.
        own: arguments of `pulumi.ResourceOptions`; lists such as `depends_on` are added to the given ones.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(**own))
