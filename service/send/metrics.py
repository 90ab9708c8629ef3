"""The metrics of `linewatch send`."""

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from service.scoring.image import Reason


class SendMetrics:
    """All metrics of one sending process, in a registry of their own."""

    def __init__(self, stream: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.sent = Counter(
            "linewatch_sent",
            "Image files sent and acknowledged by the brokers, each once.",
            ["stream"],
            registry=self.registry,
        ).labels(stream)
        self.backlog = Gauge(
            "linewatch_send_backlog",
            "Image files that are there and not sent yet, those that are still written among them.",
            ["stream"],
            registry=self.registry,
        ).labels(stream)
        self.unmoved = Gauge(
            "linewatch_send_unmoved",
            "Files that were sent and could not be moved or deleted yet.",
            ["stream"],
            registry=self.registry,
        ).labels(stream)
        rejected = Counter(
            "linewatch_send_rejected",
            "Files with names of images that cannot be images: moved aside and not sent.",
            ["stream", "reason"],
            registry=self.registry,
        )
        self.rejected = {
            reason: rejected.labels(stream, str(reason))
            for reason in (Reason.EMPTY, Reason.TOO_LARGE, Reason.UNDECODABLE, Reason.UNSUPPORTED_FORMAT)
        }
