"""Where a cluster's files lie, and the locks on it."""

from pathlib import Path

import pytest

from errors import UserError
from tools.embedded.cluster.state import Layout, alone, at_work, locked


def test_a_link_to_a_checkout_is_the_same_cluster(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "link").symlink_to("checkout")
    assert Layout(tmp_path / "link" / ".local") == Layout(tmp_path / "checkout" / ".local")


def test_a_command_that_waits_for_another_on_the_cluster_says_so(tmp_path: Path) -> None:
    def give_up(line: str) -> None:
        raise UserError(line)

    says = "^waiting for another command on this cluster to finish$"
    with locked(Layout(tmp_path), pytest.fail), pytest.raises(UserError, match=says), locked(Layout(tmp_path), give_up):
        pytest.fail("two hold it")


def test_a_cluster_is_not_taken_away_from_under_those_who_work_with_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with (
        at_work(layout),
        at_work(layout),
        pytest.raises(UserError, match=r"another command is at work .*stop it first"),
        alone(layout),
    ):
        pytest.fail("it was taken away")
    with alone(layout), pytest.raises(UserError, match=r"being stopped by another command"), at_work(layout):
        pytest.fail("somebody works with what is being taken away")
    with at_work(layout):
        pass
