"""`linewatch parts` with a real broker: each part has exactly one part verdict, whatever happens to the process."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.devtools.broker.local import LocalKafka
from service.record.messages import VerdictMessage
from service.record.part_verdicts import PartVerdict
from tests.support.broker import Topics
from tests.support.linewatch_command import linewatch
from tests.support.parts_service import PartsService, Verdicts, group_of
from tests.support.service import wait_until
from tests.support.views import VIEWS, view_verdict

pytestmark = pytest.mark.integration

NUMBERS = count()


@pytest.fixture
def verdicts(kafka: LocalKafka, topics: Topics) -> Verdicts:
    return Verdicts(kafka.bootstrap_servers, topics)


def views(names: Iterable[str], streams: Iterable[str] = VIEWS) -> list[VerdictMessage]:
    """Verdicts on parts, view by view, so that those of one part lie far apart."""
    names = list(names)
    return [view_verdict(name, stream, number=next(NUMBERS)) for stream in streams for name in names]


def named(prefix: str, number: int) -> list[str]:
    return [f"{prefix}-{each}" for each in range(number)]


def how_often(parts: list[PartVerdict]) -> Counter[str]:
    return Counter(part.part_id for part in parts)


def decisions(parts: list[PartVerdict]) -> Counter[tuple[str, tuple[str, ...]]]:
    return Counter((part.decision, part.missing) for part in parts)


def test_killed_in_the_middle_it_goes_on_where_it_was(
    kafka: LocalKafka, topics: Topics, verdicts: Verdicts, tmp_path: Path
) -> None:
    """Kills: while parts are open whose views come later, and among the transactions of many parts.

    Only the last life has a short timeout: what is there before it starts is never missing, however slow the machine.
    """
    patient = PartsService(kafka.bootstrap_servers, topics, tmp_path / "patient", "--instance", "one")
    hasty = PartsService(kafka.bootstrap_servers, topics, tmp_path / "hasty", "--instance", "one", timeout="1s")
    whole, waiting, blind = named("whole", 150), named("waiting", 60), named("blind", 40)
    with patient:
        patient.until_ready()
        verdicts.send(views(waiting, ["top"]))
        wait_until(lambda: committed(kafka, topics) == len(waiting), "a commit while they are open")
        assert patient.sample("linewatch_parts_open") == len(waiting)
    verdicts.send(views(waiting, ["left", "right"]))
    with patient:
        verdicts.send([*views(blind, ["top", "left"]), *views(whole)])
        verdicts.send([view_verdict("bad", "top", "anomaly", 1.5, number=next(NUMBERS))])
        verdicts.parts(1)
    with hasty:
        parts = verdicts.parts(len(whole) + len(waiting) + len(blind) + 1)
        verdicts.send(views(blind[:1], ["right"]))
        wait_until(lambda: hasty.sample("linewatch_part_views_late_total", view="right") == 1, "the late view")
        assert hasty.sample("linewatch_parts_open") == 0
        assert len(verdicts.parts(len(parts))) == len(parts)
        assert hasty.stop() == 0
    assert how_often(parts) == Counter([*whole, *waiting, *blind, "bad"])
    assert decisions(parts) == {
        ("pass", ()): len(whole) + len(waiting),
        ("incomplete", ("right",)): len(blind),
        ("anomaly", ("left", "right")): 1,
    }


def committed(kafka: LocalKafka, topics: Topics) -> int:
    """The sum of the group's offsets."""
    reader = KafkaConsumer(bootstrap_servers=kafka.bootstrap_servers, group_id=group_of(topics))
    with closing(reader):
        partitions = [TopicPartition(topics.verdicts, number) for number in range(topics.partitions)]
        return sum(reader.committed(partition) or 0 for partition in partitions)


def test_two_replicas_share_the_partitions_and_hand_them_over(
    kafka: LocalKafka, topics: Topics, verdicts: Verdicts, tmp_path: Path
) -> None:
    first = PartsService(kafka.bootstrap_servers, topics, tmp_path / "first")
    second = PartsService(kafka.bootstrap_servers, topics, tmp_path / "second")
    names = named("part", 200)
    with first:
        first.until_ready()
        verdicts.send(views(names, ["top"]))
        wait_until(lambda: first.sample("linewatch_parts_open") == len(names), "the parts to be open")
        with second:
            second.until_ready()

            def are_shared() -> bool:
                have = [each.sample("linewatch_parts_open") for each in (first, second)]
                return min(have) > 0 and sum(have) == len(names)

            wait_until(are_shared, "open parts on both")
            verdicts.send(views(names[:100], ["left"]))
            assert first.stop() == 0
            verdicts.send(views(names[100:], ["left"]))
            verdicts.send(views(names, ["right"]))
            parts = verdicts.parts(len(names))
            wait_until(lambda: second.sample("linewatch_parts_open") == 0, "no open parts")
            assert len(verdicts.parts(len(parts))) == len(parts)
            assert second.stop() == 0
    assert how_often(parts) == Counter(names)
    assert decisions(parts) == {("pass", ()): len(names)}


def test_a_missing_topic_is_one_sentence(kafka: LocalKafka, topics: Topics) -> None:
    environment = {"LINEWATCH_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "LINEWATCH_VERDICTS_TOPIC": topics.verdicts}
    environment["LINEWATCH_PARTS_TOPIC"] = f"{topics.parts}.gone"
    ended = linewatch("parts", "--views", "top,left", "--http-port", "0", **environment)
    assert ended.returncode == 1
    sentence = f"found no {topics.parts}.gone; create them with linewatch topics, or correct the topic settings"
    assert sentence in ended.stderr.splitlines()[-1]
