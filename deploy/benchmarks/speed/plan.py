"""How long each part of the speed benchmark measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Whole, it ends in under ten minutes; short, it only shows that it runs."""

    rounds: int = 3
    """Of bare loop and service, in turn."""
    seconds: float = 5.0
    """Of each of these."""
    runs: int = 40
    """Of each graph, and of each way of decoding, in turn."""
    warm_up_images: int = 50
    """Of each of two backlogs before anything counts; the second one tells how many the others should have."""
    streams: int = 50
    latency_images: int = 500
    """At each load, or as many as come in `latency_seconds` if these are more."""
    latency_seconds: float = 20.0

    @classmethod
    def short(cls) -> "Plan":
        """Seconds in all, and figures that mean nothing."""
        return cls(rounds=1, seconds=0.3, runs=3, warm_up_images=4, streams=3, latency_images=8, latency_seconds=0.0)
