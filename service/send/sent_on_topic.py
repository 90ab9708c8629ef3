"""Looking on the topic itself for what a journal sent: where the brokers forgot its number, after a week or so."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from service.record.messages import Record
from service.record.topic_reader import TopicReader
from service.settings.record import RecordSettings

SENT_ID = "sent_id"
"""The header that names a record: the journal's id, a slash, and the number."""

MARGIN = timedelta(days=1)
"""How far the brokers' clock, which may stamp records, can be from ours."""


def sent_id(journal_id: str, number: int) -> bytes:
    """The value of the header."""
    return f"{journal_id}/{number}".encode()


def numbers_on_topic(settings: RecordSettings, journal_id: str, begun: Mapping[int, float]) -> set[int]:
    """Which of these numbers are on the topic of images; `begun` has the Unix time at which each was begun.

    Raises:
        StreamError: if the brokers do not answer.
    """
    wanted = {sent_id(journal_id, number): number for number in begun}
    since = datetime.fromtimestamp(min(begun.values()), UTC) - MARGIN
    with TopicReader(settings, settings.images_topic) as reader:
        reader.seek(since)
        return {wanted[value] for record in reader.to_end() if (value := _sent_id_of(record)) in wanted}


def _sent_id_of(record: Record) -> bytes:
    return next((value or b"" for name, value in record.headers if name == SENT_ID), b"")
