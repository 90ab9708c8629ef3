"""The review page in a real browser, over topics on which another program writes what it likes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer
from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys

from tests.support.bundles import part, png
from tests.support.hostile_messages import OF_BOTH, OF_REVIEWS, OF_VERDICTS, written
from tests.support.latents import write_coded_bundle
from tests.support.line import Line
from tests.support.reviewing import ReviewPage, review, verdict
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

SCRIPT = "<img src=x onerror=document.title='run'><script>document.title='run'</script>\u202egpj.exe"


@pytest.fixture
def page(line: Line, tmp_path: Path) -> Iterator[ReviewPage]:
    """The page over topics with two parts of the line, one with markup for a name, and everything hostile."""
    write_coded_bundle(tmp_path / "store")
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "service.log") as service:
        service.until_ready()
        line.send({SCRIPT: png(part(60, 180, seed=1)), "bad-2": png(part(60, 190, seed=2))})
        line.outcomes(2)
        assert service.stop() == 0
    producer = KafkaProducer(bootstrap_servers=line.kafka, max_request_size=8_000_000)
    for changes in [*OF_BOTH, *OF_VERDICTS]:
        value = written(verdict(7), changes).value
        if value is not None and len(value) < 900_000:  # the brokers' own limit
            producer.send(line.topics.verdicts, value)
    for changes in [*OF_BOTH, *OF_REVIEWS]:
        value = written(review(7), changes).value
        if value is not None and len(value) < 900_000:
            producer.send(line.topics.reviews, value)
    for value in (b"\xff", b"[" * 60_000, b"null"):
        producer.send(line.topics.verdicts, value)
        producer.send(line.topics.reviews, value)
    producer.flush()
    producer.close()
    with ReviewPage(line.kafka, tmp_path / "store", line.topics, tmp_path / "review.log", reviewer="ann") as page:
        page.until_ready()
        yield page


def test_hostile_messages_break_neither_queue_nor_browser(page: ReviewPage, driver: Chrome) -> None:
    driver.get(page.url)

    def shown() -> str:
        return str(driver.execute_script("return document.getElementById('stage').dataset.shown") or "")

    wait_until(lambda: shown() != "", "the first part's image")
    queue = json.loads(page.get("/api/queue"))
    assert queue["total"] == 2
    assert queue["passed_over"] > 40
    assert f"{queue['passed_over']} messages on the topics cannot be used" in driver.page_source
    names = {each["part_id"] for each in queue["parts"]}
    assert any(name.startswith("<img src=x") and "\\u202e" in name for name in names)
    first = shown()
    driver.switch_to.active_element.send_keys("n")
    wait_until(lambda: shown() not in ("", first), "the second part after an answer by key")
    driver.switch_to.active_element.send_keys("d", Keys.NULL)
    wait_until(lambda: json.loads(page.get("/api/queue"))["total"] == 0, "both parts answered")
    assert driver.title != "run"
    log = driver.get_log("browser")  # type: ignore[no-untyped-call] # selenium's
    assert [entry for entry in log if entry["level"] == "SEVERE"] == []
