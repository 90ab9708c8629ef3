"""Hostile records: a crash of the service's code comes through, and a fault is told."""

import json

import pytest

from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile
from deploy.fuzz.inputs import records
from deploy.fuzz.inputs.batches import Batches
from deploy.fuzz.inputs.bundles import Bundles
from deploy.fuzz.inputs.messages import Reviews, Verdicts
from deploy.fuzz.inputs.records import Records
from deploy.fuzz.inputs.settings import EnvironmentVariables
from service.scoring.image import ImageRejected, Reason

PLAIN = Hostile("record", json.dumps({"timestamp": 1, "key": None, "headers": []}).encode())


@pytest.mark.parametrize("family", [Records, Batches, Bundles, Verdicts, Reviews, EnvironmentVariables])
def test_the_same_number_makes_the_same_input_and_its_bytes_alone_are_judged(family: type) -> None:
    made = [family().make(Dice(5, number)) for number in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    assert family().judge(made[0]).reason == family().judge(made[1]).reason


def test_another_reason_than_a_bad_header_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise ImageRejected(Reason.UNDECODABLE, "no")

    assert Records().judge(PLAIN).fault == ""
    monkeypatch.setattr(records, "read_headers", refuse)
    assert Records().judge(PLAIN).fault == "found reason undecodable"


def test_an_exception_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "read_headers", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Records().judge(PLAIN)
