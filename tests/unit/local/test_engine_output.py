"""What Pulumi prints where there is no terminal."""

from __future__ import annotations

import io

from tools.local import engine_output

NEWS = [
    "Updating (dev):\n",
    " +  kubernetes:core/v1:ConfigMap smarthr360-config-map created (0.12s) \n",
    " +  kubernetes:apps/v1:StatefulSet postgres creating (0s) [1/2] Waiting for StatefulSet to create Pods\n",
    " +  kubernetes:apps/v1:Deployment api creating (1s) \n",
    "@ updating....\n",
    " ~  kubernetes:core/v1:Secret app **refreshing failed** error: unreachable\n",
    "    creating (0s)\n",
]
NO_NEWS = [
    " +  kubernetes:core/v1:ConfigMap smarthr360-config-map creating (0s) \n",
    " ~  kubernetes:core/v1:Secret smarthr360-secrets-app refreshing (0s)\n",
    " -  kubernetes:core/v1:Service smarthr360-api deleting (0s) \n",
]


def test_that_something_begins_is_left_out_and_all_else_is_there_in_its_order() -> None:
    mixed = [line for pair in zip(NEWS, NO_NEWS * 3, strict=False) for line in pair]
    target = io.StringIO()

    engine_output.copy(io.StringIO("".join(mixed)), target).join()

    assert target.getvalue() == "".join(NEWS)
