"""One verdict as an HTTP request: CloudEvents in binary mode, with the headers of Standard Webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.follow.webhook.signature import sign
from service.record.messages import Record, VerdictMessage, source_of

_KEPT = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('"%')


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verdict on its way; `body` is what stands on the topic, byte for byte."""

    webhook_id: str
    offset: int
    body: bytes
    verdict: VerdictMessage

    def headers(self, secrets: Sequence[bytes], timestamp: int) -> Mapping[str, str]:
        """The headers of one try, signed for the time at which it is made.

        `ce_…` on Kafka is `ce-…` in HTTP, with what is no printable ASCII percent-encoded (CloudEvents 1.0, HTTP
        protocol binding, section 3.1.3.2).
        """
        on_kafka = [(name, value.decode()) for name, value in self.verdict.headers()]
        return {
            **{name.replace("ce_", "ce-"): _encoded(value) for name, value in on_kafka},
            "webhook-id": self.webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secrets, self.webhook_id, timestamp, self.body),
            "user-agent": "linewatch",
        }


def delivery_of(record: Record, verdict: VerdictMessage) -> Delivery:
    """The delivery of a record that holds this verdict."""
    return Delivery(str(source_of(record)), record.offset, record.value or b"", verdict)


def _encoded(value: str) -> str:
    return "".join(
        each if each in _KEPT else "".join(f"%{byte:02X}" for byte in each.encode("utf-8", "surrogatepass"))
        for each in value
    )
