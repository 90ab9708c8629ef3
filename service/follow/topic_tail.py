"""Reading on at a topic's end, through outages and new partitions, outside of any consumer group."""

from collections.abc import Mapping

from kafka import TopicPartition
from kafka.errors import KafkaError

from service.follow.times import Start
from service.record.errors import unreachable
from service.record.topic_reader import TopicReader

ANSWER_MS = 2_000
"""How long brokers that are asked whether they are there have to answer."""


class TopicTail(TopicReader):
    """A reader that goes on for as long as it is wanted; where brokers are away it keeps its positions."""

    def start_at(self, start: Start) -> None:
        """Go to where following begins, whatever becomes of the brokers until the first poll.

        Raises:
            StreamError: if the brokers do not answer.
        """
        self._consumer.assign(self._partitions)
        for partition, offset in self.offsets_at(start).items():
            self._consumer.seek(partition, offset)

    def offsets_at(self, start: Start) -> Mapping[TopicPartition, int]:
        """The offset of each partition at which following begins.

        Raises:
            StreamError: if the brokers do not answer.
        """
        if start == "latest":
            return self.ends()
        try:
            if start == "earliest":
                firsts: Mapping[TopicPartition, int] = self._consumer.beginning_offsets(self._partitions)
                return firsts
            since = round(start.timestamp() * 1000)
            found = self._consumer.offsets_for_times(dict.fromkeys(self._partitions, since))
        except KafkaError as error:
            raise unreachable(self._settings, error) from error
        return {each: end if found.get(each) is None else found[each].offset for each, end in self.ends().items()}

    def ends(self) -> Mapping[TopicPartition, int]:
        """The offset behind the last committed record of each partition.

        Raises:
            StreamError: if the brokers do not answer.
        """
        try:
            ends: Mapping[TopicPartition, int] = self._consumer.end_offsets(self._partitions)
        except KafkaError as error:
            raise unreachable(self._settings, error) from error
        return ends

    def has_reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether all records before these offsets were polled.

        Raises:
            StreamError: if the brokers do not answer.
        """
        positions = self._positions()
        return all(positions[partition] >= end for partition, end in ends.items())

    def look(self) -> None:
        """Ask whether the brokers are there, and take in partitions that are new, from their beginning.

        Raises:
            StreamError: if they do not answer.
        """
        try:
            self._consumer.end_offsets(self._partitions, timeout_ms=ANSWER_MS)
            numbers = self._consumer.partitions_for_topic(self._topic)
        except KafkaError as error:
            raise unreachable(self._settings, error) from error
        found = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        if set(found) > set(self._partitions):
            self._partitions = found
            self._consumer.assign(found)
