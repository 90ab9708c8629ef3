"""A failpoint's action happens at the call that the armed rule names, and at no other."""

from pathlib import Path

import pytest
from kafka.errors import KafkaTimeoutError

from deploy.faults.driver import ARMED, FIRED, Trigger
from deploy.faults.failpoints import Rule


def test_what_is_armed_happens_at_its_call_and_once(tmp_path: Path) -> None:
    trigger = Trigger(tmp_path)
    trigger.reached("flush")
    (tmp_path / ARMED).write_text("fail@flush:2")
    trigger.reached("send")
    trigger.reached("flush")
    with pytest.raises(KafkaTimeoutError):
        trigger.reached("flush")
    trigger.reached("flush")
    assert (tmp_path / FIRED).read_text() == "fail@flush:2\n"
    assert not (tmp_path / ARMED).exists()


def test_rules_happen_one_after_the_other(tmp_path: Path) -> None:
    trigger = Trigger(tmp_path)
    (tmp_path / ARMED).write_text("fail@flush:1 fail@rewind:1")
    trigger.reached("rewind")
    with pytest.raises(KafkaTimeoutError):
        trigger.reached("flush")
    with pytest.raises(KafkaTimeoutError):
        trigger.reached("rewind")


def test_arming_anew_forgets_what_was_armed(tmp_path: Path) -> None:
    trigger = Trigger(tmp_path)
    (tmp_path / ARMED).write_text("fail@flush:1")
    trigger.reached("send")
    (tmp_path / ARMED).write_text("")
    trigger.reached("flush")


def test_a_step_reached_while_another_is_looked_at_does_not_wait_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The garbage collector closes producers at any moment, and closing one is a step."""
    trigger, parse = Trigger(tmp_path), Rule.parse

    def collecting(text: str) -> Rule:
        trigger.reached("flush")
        return parse(text)

    monkeypatch.setattr(Rule, "parse", collecting)
    (tmp_path / ARMED).write_text("fail@send:1")
    with pytest.raises(KafkaTimeoutError):
        trigger.reached("send")
