"""Failpoints are methods that exist, and rules survive being written to a file."""

import pytest

from deploy.faults.failpoints import AFTER_AN_ABORT, FAILPOINTS, Action, Failpoint, Rule


@pytest.mark.parametrize("failpoint", FAILPOINTS, ids=lambda failpoint: failpoint.name)
def test_a_failpoint_names_a_method_of_the_service_or_its_client(failpoint: Failpoint) -> None:
    owner, name = failpoint.owner()
    assert callable(getattr(owner, name))


def test_failpoints_have_names_of_their_own() -> None:
    names = [failpoint.name for failpoint in FAILPOINTS]
    assert len(set(names)) == len(names)
    assert set(AFTER_AN_ABORT) <= set(names)


@pytest.mark.parametrize("rule", [Rule(Action.KILL, "flush", 3), Rule(Action.STALL, "commit-before", 1, 2.5)])
def test_a_rule_is_read_back_as_it_was_written(rule: Rule) -> None:
    assert Rule.parse(str(rule)) == rule
