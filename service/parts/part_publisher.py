"""Publishing part verdicts, with what was consumed for them, in one transaction."""

from collections.abc import Callable

from kafka import KafkaProducer

from service.record.part_verdicts import PartVerdict
from service.stream.publisher import Outgoing, TransactionalPublisher
from service.stream.waiting import never

KeyedVerdict = tuple[bytes, PartVerdict]
"""A part verdict and the key of its record, which is that of the verdicts on its views."""


class PartPublisher(TransactionalPublisher[KeyedVerdict]):
    """Publishes part verdicts."""

    def __init__(
        self, make_producer: Callable[[], KafkaProducer], topic: str, stopped: Callable[[], bool] = never
    ) -> None:
        """Connect; see `TransactionalPublisher`.

        Raises:
            KafkaError: if the brokers cannot be reached or refuse transactions.
        """
        self._topic = topic
        super().__init__(make_producer, stopped)

    def outgoing(self, outcome: KeyedVerdict) -> Outgoing:
        """The record of a part verdict."""
        key, verdict = outcome
        return Outgoing(self._topic, verdict.value(), key, verdict.headers())
