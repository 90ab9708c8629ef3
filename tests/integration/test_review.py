"""The review page in a real browser, over a real broker, fed by the real service."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from service.record.image_archive import Archive
from service.record.reviews import Review, latest_reviews
from service.record.topic_reader import TopicReader
from service.settings.every import Settings
from tests.support.bundles import SIDE, part, png
from tests.support.latents import write_coded_bundle
from tests.support.line import Line
from tests.support.reviewing import ReviewPage
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

PARTS = 12
AUDITS = 3
"""Passes, all of which are sampled."""


@dataclass
class Reviewing:
    """A line with anomalies and audits, and the page where they are reviewed."""

    line: Line
    page: ReviewPage
    folder: Path

    @property
    def settings(self) -> Settings:
        topics = self.line.topics
        return Settings(bootstrap_servers=self.line.kafka, reviews_topic=topics.reviews, images_topic=topics.images)

    def records(self) -> list[Review]:
        """All that stands on the reviews topic, in order of time."""
        with TopicReader(self.settings, self.line.topics.reviews) as reader:
            reader.seek(None)
            return sorted(
                (Review.model_validate_json(record.value or b"") for record in reader.to_end()),
                key=lambda review: review.at,
            )

    def in_force(self) -> dict[str, Review]:
        """Part id -> the review in force."""
        with TopicReader(self.settings, self.line.topics.reviews) as reader:
            reader.seek(None)
            return {review.part_id: review for review in latest_reviews(reader.to_end()).values()}


@pytest.fixture
def reviewing(line: Line, tmp_path: Path) -> Iterator[Reviewing]:
    write_coded_bundle(tmp_path / "store")
    key = {"audit_rate": 1.0, "audit_key": "a key of the test"}
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "service.log", **key) as service:
        service.until_ready()
        line.send({f"bad-{i:02}": png(part(60, 180 + i, seed=i, side=4 * SIDE)) for i in range(PARTS)})
        line.send({f"good-{i}": png(part(40 + i, seed=100 + i)) for i in range(AUDITS)})
        line.outcomes(PARTS + AUDITS)
        assert service.stop() == 0
    with ReviewPage(line.kafka, tmp_path / "store", line.topics, tmp_path / "review.log", reviewer="ann") as page:
        page.until_ready()
        yield Reviewing(line, page, tmp_path)


class Hands:
    """A person at the keyboard."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def shown(self) -> str:
        """The source of the part whose image is on the screen."""
        found: str | None = self.driver.execute_script("return document.getElementById('stage').dataset.shown")
        return found or ""

    def sees_another_than(self, before: str) -> None:
        wait_until(lambda: self.shown() not in ("", before), "the next part to be shown")

    def text(self, element: str) -> str:
        return self.driver.find_element(By.ID, element).text

    def answers(self, *keys: str) -> str:
        """Answer for the part at hand and wait for the next; which part it was."""
        before, name = self.shown(), self.text("part")
        self.press(*keys)
        self.sees_another_than(before)
        return name


@pytest.fixture
def hands(reviewing: Reviewing, driver: Chrome) -> Hands:
    driver.get(reviewing.page.url)
    hands = Hands(driver)
    hands.sees_another_than("")
    return hands


def test_ten_parts_are_reviewed_by_keys_alone(reviewing: Reviewing, hands: Hands) -> None:
    expected: dict[str, tuple[str, str | None]] = {}
    for keys, answer in (
        (["n"], ("normal", None)),
        (["d"], ("defect", None)),
        (["k", "scratch", Keys.ENTER], ("defect", "scratch")),
        (["u"], ("unsure", None)),
        (["1"], ("defect", "scratch")),
        (["t", "look twice", Keys.ENTER, "n"], ("normal", None)),
        (["m", "b", "+", "-", "0", "n"], ("normal", None)),
        (["k", "dent", Keys.ESCAPE, "d"], ("defect", "dent")),
        (["n"], ("normal", None)),
        (["u"], ("unsure", None)),
    ):
        expected[hands.answers(*keys)] = answer
    assert len(expected) == 10
    found = reviewing.in_force()
    assert {name: (str(review.label), review.kind) for name, review in found.items()} == expected
    assert {review.reviewer for review in found.values()} == {"ann"}
    assert [name for name, review in found.items() if review.note == "look twice"] == [list(expected)[5]]
    archive = Archive(str(reviewing.folder / "archive"))
    assert all(review.digest and archive.read(review.digest) for review in found.values())


def test_undo_previous_and_next_by_keys(reviewing: Reviewing, hands: Hands) -> None:
    first = hands.answers("n")
    second = hands.answers("d")
    third = hands.shown()
    hands.press("z")
    hands.sees_another_than(third)
    assert hands.text("part") == second
    hands.press(Keys.ARROW_LEFT)
    wait_until(lambda: hands.text("part") != second, "the part before")
    assert {first, second} == {review.part_id for review in reviewing.records()}
    assert [str(review.label) for review in reviewing.records()] == ["normal", "defect", "undone"]
    assert list(reviewing.in_force()) == [first]


def test_a_region_is_drawn_in_pixels_of_the_image_whatever_the_zoom(reviewing: Reviewing, hands: Hands) -> None:
    hands.press("+", "+", "r")
    sheet = hands.driver.execute_script("return document.getElementById('sheet').getBoundingClientRect().toJSON()")
    ActionChains(hands.driver).move_to_element_with_offset(
        hands.driver.find_element(By.ID, "stage"), -20, -30
    ).click_and_hold().move_by_offset(60, 80).release().perform()
    stage = hands.driver.find_element(By.ID, "stage").rect
    pixel = sheet["width"] / (4 * SIDE)
    left = (stage["x"] + stage["width"] / 2 - 20 - sheet["x"]) / pixel
    top = (stage["y"] + stage["height"] / 2 - 30 - sheet["y"]) / pixel
    name = hands.answers("d")
    region = reviewing.in_force()[name].region
    assert region is not None
    drawn = [region.x, region.y, region.width, region.height]
    assert drawn == pytest.approx([left, top, 60 / pixel, 80 / pixel], abs=2)


def test_an_audit_is_blind_in_the_browser_too(reviewing: Reviewing, hands: Hands) -> None:
    hands.driver.get(f"{reviewing.page.url}?decision=pass")
    hands.sees_another_than("")
    source = hands.shown()
    document = hands.driver.page_source
    assert hands.text("opinion").startswith("AUDIT SAMPLE")
    assert [word for word in ("p-value", "meter", 'class="found"', "/map") if word in document] == []
    hands.answers("n")
    hands.press(Keys.ARROW_LEFT)
    wait_until(lambda: hands.shown() == source, "the audit again")
    wait_until(lambda: hands.text("opinion").startswith("LINEWATCH SAYS"), "what Linewatch thinks of it")
    assert reviewing.page.sample("linewatch_reviews_total", label="normal", asked="audit") == 1
    assert reviewing.page.sample("linewatch_escape_rate", bound="estimate") == 0.0
    assert reviewing.page.sample("linewatch_review_open", asked="audit") == AUDITS - 1


def test_a_part_that_nobody_asked_about_is_found_by_keys_and_reviewed(reviewing: Reviewing, hands: Hands) -> None:
    line, page = reviewing.line, reviewing.page
    with Service(line.kafka, reviewing.folder / "store", line.topics, reviewing.folder / "undrawn.log") as service:
        service.until_ready()
        line.send({"plain": png(part(50, seed=999))})
        line.outcomes(PARTS + AUDITS + 1)
        assert service.stop() == 0
    before = hands.shown()
    hands.press("f", "plain", Keys.ENTER)
    hands.sees_another_than(before)
    assert (hands.text("part"), hands.text("asked")) == ("plain", "chosen")
    assert hands.answers("k", "crack", Keys.ENTER) == "plain"
    assert (reviewing.in_force()["plain"].asked, reviewing.in_force()["plain"].kind) == ("chosen", "crack")
    assert page.sample("linewatch_reviews_total", label="defect", asked="chosen") == 1
    assert page.sample("linewatch_audited_parts", state="answered") == 0
    hands.press("f", "no-such-part", Keys.ENTER)
    wait_until(lambda: "found none" in hands.text("trouble"), "a sentence that there is no such part")
    hands.press(Keys.ESCAPE)
    before = hands.shown()
    hands.press("f", "good-1", Keys.ENTER)
    hands.sees_another_than(before)
    assert hands.text("opinion").startswith("AUDIT SAMPLE")


def test_markup_in_a_message_stays_text(hands: Hands) -> None:
    hands.answers("t", "<img src=x onerror=alert(1)>", Keys.ENTER, "n")
    hands.press(Keys.ARROW_LEFT)
    wait_until(lambda: "<img src=x" in hands.text("said"), "the note as text")
    assert hands.driver.find_elements(By.CSS_SELECTOR, "#said img") == []
    log = hands.driver.get_log("browser")  # type: ignore[no-untyped-call] # selenium's
    assert [entry for entry in log if entry["level"] == "SEVERE"] == []


def test_similar_past_parts_are_shown_with_their_labels(hands: Hands) -> None:
    hands.answers("k", "scratch", Keys.ENTER)
    wait_until(lambda: "scratch" in hands.text("similar"), "the part reviewed before")


def test_two_people_see_each_others_answers(reviewing: Reviewing, hands: Hands, tmp_path: Path) -> None:
    with ReviewPage(
        reviewing.line.kafka, tmp_path / "store", reviewing.line.topics, tmp_path / "second.log", reviewer="bob"
    ) as second:
        second.until_ready()
        name = hands.answers("d")

        def bob_sees() -> bool:
            parts = json.loads(second.get("/api/queue?state=done"))["parts"]
            return [(each["part_id"], each["review"]["reviewer"]) for each in parts] == [(name, "ann")]

        wait_until(bob_sees, "ann's answer on bob's page")


def test_a_restart_forgets_nothing(reviewing: Reviewing, hands: Hands, tmp_path: Path) -> None:
    name = hands.answers("k", "dent", Keys.ENTER)
    assert reviewing.page.stop() == 0
    with ReviewPage(reviewing.line.kafka, tmp_path / "store", reviewing.line.topics, tmp_path / "again.log") as again:
        again.until_ready()
        done = json.loads(again.get("/api/queue?state=done"))
        assert [(each["part_id"], each["review"]["kind"]) for each in done["parts"]] == [(name, "dent")]
        assert (done["open"]["anomaly"], done["open"]["audit"]) == (PARTS - 1, AUDITS)


def test_audit_samples_are_in_the_archive_before_anybody_answers(reviewing: Reviewing) -> None:
    archive = reviewing.folder / "archive"
    wait_until(lambda: len([path for path in archive.rglob("*") if path.is_file()]) == AUDITS, "the audits' images")
