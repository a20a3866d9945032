"""No refactoring renames a resource, or gives it another parent: Pulumi would delete it and make it anew."""

from __future__ import annotations

from tests.support.urns import RECORDING, urns, write


def test_every_stack_on_every_cloud_has_the_recorded_urns_and_no_others() -> None:
    recorded, now = set(RECORDING.read_text().splitlines()), set(write(urns()).splitlines())

    assert (recorded - now, now - recorded) == (set(), set())
