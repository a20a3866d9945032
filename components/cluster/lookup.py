"""What a cloud reports of a cluster that exists, or one sentence where it reports nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pulumi

Answer = TypeVar("Answer")


def look_up(kind: str, cluster: str, ask: Callable[[], Answer]) -> Answer:
    """Ask at once: an answer that comes later can only fail with a traceback of the SDK's.

    Args:
        kind: the cluster's kind, as the stack file has it, such as `eks`.
        cluster: its name.
        ask: a function of the cloud's SDK with its arguments, not the one whose name ends with `_output`.

    Raises:
        pulumi.RunError: there is no answer.
    """
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - the SDK raises no other
        key = f"smarthr360:cluster.{kind}"
        raise pulumi.RunError(
            f"{key}.name: {cluster} can't be looked up ({error}); allowed is a cluster that exists and that your login "
            f"can see, or one to make, by {key}.create"
        ) from None
