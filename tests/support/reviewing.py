"""The review page: as a process of its own, and as an application without Kafka."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from kafka.errors import KafkaTimeoutError

from service.record.errors import StreamError
from service.record.image_archive import Archive
from service.record.messages import ImageSize, ReviewReason, Source, VerdictMessage
from service.record.reviews import Label, Review
from service.review.access import Access
from service.review.actions import Actions
from service.review.image_source import ImageSource
from service.review.metrics import ReviewMetrics
from service.review.part_index import PartIndex
from service.review.part_search import PartSearch
from service.review.queue import count_open
from service.review.rescorer import Rescorer
from service.review.review_page import make_review_pages
from service.review.review_writer import ReviewWriter
from service.review.similar import SimilarParts
from service.scoring.image import ImageLimits
from service.scoring.verdict import Region
from tests.support.broker import Topics
from tests.support.bundles import SIDE, part, png
from tests.support.records import FakeRecord
from tests.support.service import Service

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SPOT = Region(x=8, y=16, width=4, height=4, peak=0.9)


class ReviewPage(Service):
    """`linewatch review` in a process of its own, with no TensorFlow importable."""

    command = ("review",)

    def __init__(self, kafka: str, store: Path, topics: Topics, log: Path, **settings: object) -> None:
        super().__init__(kafka, store, topics, log, **{"archive": log.parent / "archive", **settings})
        self.environment["LINEWATCH_REVIEW_PORT"] = str(self.port)

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.port}/"


def source(offset: int) -> Source:
    """Coordinates on a topic `images`."""
    return Source(topic="images", partition=0, offset=offset)


def verdict(offset: int, decision: str = "anomaly", **changes: object) -> VerdictMessage:
    """A verdict on image number `offset`, captured that many minutes after noon; `changes` replace its fields."""
    ratio = {"anomaly": 1.6, "review": 0.9, "pass": 0.4}[decision]
    fields: dict[str, Any] = {
        "score": ratio / 2.0,
        "threshold": 0.5,
        "error_ratio": ratio,
        "p_value": 0.01,
        "decision": decision,
        "bundle": "0123456789abcdef",
        "regions": (SPOT,) if decision != "pass" else (),
        "part_id": f"part-{offset}",
        "stream": "default",
        "captured_at": NOON + timedelta(minutes=offset),
        "scored_at": NOON + timedelta(minutes=offset, seconds=1),
        "source": source(offset),
        "image": ImageSize(width=SIDE, height=SIDE),
    }
    return VerdictMessage.model_validate(fields | changes)


def audit(offset: int, **changes: object) -> VerdictMessage:
    """A verdict that passes and was sampled as an audit."""
    return verdict(offset, "pass", audit=True, **changes)


def review(offset: int, label: Label = Label.NORMAL, minute: int = 0, **more: object) -> Review:
    """A review of image number `offset`, given that many minutes after noon; `more` replaces its fields."""
    fields: dict[str, Any] = {
        "source": source(offset),
        "part_id": f"part-{offset}",
        "stream": "default",
        "bundle": "0123456789abcdef",
        "label": label,
        "reviewer": "ann",
        "at": NOON + timedelta(minutes=minute),
        "asked": ReviewReason.ANOMALY,
        "captured_at": NOON,
    }
    return Review.model_validate(fields | more)


def on_topic(message: VerdictMessage | Review, offset: int = 0) -> FakeRecord:
    """A verdict or review as it stands on its topic."""
    headers = message.headers() if isinstance(message, VerdictMessage) else []
    return FakeRecord(partition=0, offset=offset, value=message.value(), headers=headers)


@dataclass
class FakeTopic:
    """The images topic: image number n is a part with a bright spot, unless it is in `gone`; `fault` is raised."""

    gone: set[int] = field(default_factory=set)
    images: dict[int, bytes] = field(default_factory=dict)
    fault: StreamError | None = None

    def fetch(self, wanted: Source) -> FakeRecord | None:
        if self.fault is not None:
            raise self.fault
        return (
            None
            if wanted.offset in self.gone
            else FakeRecord(value=self.images.get(wanted.offset) or image(wanted.offset))
        )

    def close(self) -> None:
        pass


@dataclass
class FakeVerdicts:
    """The verdicts topic, read from the beginning whatever the time; `sought` are the times it was sought from."""

    written: list[VerdictMessage]
    fault: StreamError | None = None
    sought: list[datetime | None] = field(default_factory=list)

    def seek(self, start: datetime | None) -> None:
        if self.fault is not None:
            raise self.fault
        self.sought.append(start)

    def to_end(self) -> Iterator[FakeRecord]:
        return (on_topic(each, offset) for offset, each in enumerate(self.written))

    def close(self) -> None:
        pass


@dataclass
class FakeProducer:
    """Writes to a reviews topic in memory; raises if `away`."""

    written: list[Review] = field(default_factory=list)
    away: bool = False

    def send(self, _topic: str, value: bytes, key: bytes) -> "FakeProducer":
        if self.away:
            raise KafkaTimeoutError("nobody answers")
        review = Review.model_validate_json(value)
        assert key == review.key
        self.written.append(review)
        return self

    def get(self, timeout: float) -> Any:
        assert timeout > 0
        return SimpleNamespace(partition=0, offset=len(self.written))

    def close(self, timeout: float) -> None:
        pass


def image(offset: int) -> bytes:
    """Encoded image number `offset`."""
    return png(part(60, 200, seed=offset))


class Page:
    """The page over an index with some verdicts, and a browser in front of it."""

    def __init__(
        self, folder: Path, verdicts: Iterable[VerdictMessage], token: str | None = None, reviewer: str = ""
    ) -> None:
        self.index, self.verdicts = PartIndex(), FakeVerdicts(list(verdicts))
        for each in self.verdicts.written:
            self.index.read_verdict(on_topic(each))
        self.topic, self.producer = FakeTopic(), FakeProducer()
        self.archive = Archive(str(folder / "archive"))
        self.images = ImageSource(self.archive, lambda: self.topic)
        self.metrics = ReviewMetrics(lambda: count_open(self.index.parts()), lambda: self.index.passed_over)
        self.rescorer = Rescorer(folder / "store", ImageLimits(), threads=1)
        self.actions = Actions(
            index=self.index,
            search=PartSearch(lambda: self.verdicts, days=14),
            images=self.images,
            rescorer=self.rescorer,
            similar=SimilarParts(self.index, self.images, self.rescorer),
            writer=ReviewWriter(lambda: self.producer, "reviews"),
            metrics=self.metrics,
            limits=ImageLimits(),
        )
        self.state = self.ended = ""
        self.app: Flask = make_review_pages(
            self.actions,
            self.metrics.registry,
            Access(token),
            reviewer,
            waits_for=lambda: self.state,
            hangs=lambda: f"ended: {self.ended}" if self.ended else "",
        )
        self.browser: FlaskClient = self.app.test_client()

    def token(self) -> str:
        """The page's own, against cross-site requests."""
        page = self.browser.get("/").text
        return page.split('name="csrf-token" content="')[1].split('"')[0]

    def post(self, path: str, body: object, **headers: str) -> Any:
        """As the page posts."""
        return self.browser.post(path, json=body, headers={"X-CSRFToken": self.token(), **headers})

    def answer(self, offset: int, label: str = "normal", **more: object) -> Any:
        """Answer for image number `offset`."""
        return self.post(f"/api/parts/images/0/{offset}/review", {"label": label, "reviewer": "ann", **more})

    def fetch(self, path: str, **headers: str) -> Any:
        """The answer to a GET."""
        return self.browser.get(path, headers=headers)

    def get(self, path: str) -> Any:
        """JSON of the API."""
        return self.fetch(f"/api/{path}").json
