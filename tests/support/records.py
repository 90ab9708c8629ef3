"""Kafka records for tests without Kafka."""

from dataclasses import dataclass, field

from service.record.messages import Headers


@dataclass
class FakeRecord:
    """An image record."""

    topic: str = "inspection.images"
    partition: int = 3
    offset: int = 41
    timestamp: int = 1_750_000_000_123
    key: bytes | None = b"part-7"
    value: bytes | None = b"..."
    headers: Headers = field(default_factory=list)
