"""The steps of the main loop and its transaction at which a fault can happen, by the methods that take them.

Production code knows nothing of this: `driver.py` runs `linewatch` with these methods wrapped.
"""

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any, Literal


class Action(StrEnum):
    """What happens at a failpoint."""

    KILL = "kill"
    """SIGKILL, to this process."""
    STOP = "stop"
    """SIGTERM, to this process: it finishes its batch and leaves the group."""
    FREEZE = "freeze"
    """SIGSTOP, to this process: not even its heartbeats go on."""
    STALL = "stall"
    """This thread sleeps, the others go on: heartbeats, too."""
    FAIL = "fail"
    """The method raises an error of the client, before or after it did its work."""


@dataclass(frozen=True, slots=True)
class Failpoint:
    """A step, and where it is in the code."""

    name: str
    module: str
    method: str
    when: Literal["before", "after"]

    def owner(self) -> tuple[Any, str]:
        """The class that has the method, and the method's name.

        Raises:
            AttributeError: if there is no such method.
        """
        owner, name = self.method.split(".")
        found = getattr(import_module(self.module), owner)
        getattr(found, name)
        return found, name


FAILPOINTS = (
    Failpoint("poll", "kafka", "KafkaConsumer.poll", "after"),
    Failpoint("decode", "service.stream.image_decoder", "ImageDecoder._decode", "before"),
    Failpoint("score", "service.stream.outcome", "OutcomeMaker.make", "before"),
    Failpoint("begin", "kafka", "KafkaProducer.begin_transaction", "after"),
    Failpoint("send", "kafka", "KafkaProducer.send", "after"),
    Failpoint("flush", "kafka", "KafkaProducer.flush", "after"),
    Failpoint("offsets-before", "kafka", "KafkaProducer.send_offsets_to_transaction", "before"),
    Failpoint("offsets", "kafka", "KafkaProducer.send_offsets_to_transaction", "after"),
    Failpoint("commit-before", "kafka", "KafkaProducer.commit_transaction", "before"),
    Failpoint("commit", "kafka", "KafkaProducer.commit_transaction", "after"),
    Failpoint("count", "service.stream.telemetry", "Telemetry.committed", "before"),
    Failpoint("replace", "service.stream.publisher", "Publisher._replace_producer", "before"),
    Failpoint("init", "kafka", "KafkaProducer.init_transactions", "after"),
    Failpoint("release", "service.stream.publisher", "Publisher._release", "before"),
    Failpoint("rewind-before", "service.stream.consumer", "Consumer.rewind", "before"),
    Failpoint("rewind", "service.stream.consumer", "Consumer.rewind", "after"),
)
"""In the order of a batch; those from `replace` on are only reached when one is aborted."""

AFTER_AN_ABORT = ("replace", "init", "release", "rewind-before", "rewind")


@dataclass(frozen=True, slots=True)
class Rule:
    """An action at the given call of a failpoint, counted from when the rule is armed."""

    action: Action
    point: str
    call: int = 1
    seconds: float = 0.0

    def __str__(self) -> str:
        lasting = f":{self.seconds:g}" if self.seconds else ""
        return f"{self.action}@{self.point}:{self.call}{lasting}"

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """The rule in a text such as `kill@flush:3`."""
        action, _, rest = text.partition("@")
        point, call, *seconds = rest.split(":")
        return cls(Action(action), point, int(call), float(seconds[0]) if seconds else 0.0)
