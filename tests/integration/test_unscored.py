"""The review page in a real browser, of a bundle that scores a part of an image alone; needs no Kafka."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from service.record.messages import ImageSize, VerdictMessage
from service.scoring.bundle import read_bundle
from service.scoring.image import ImageLimits
from service.scoring.scorer import Scorer
from service.scoring.verdict import judge
from service.web.server import serving
from tests.support.bundles import png, write_bundle
from tests.support.framed import write_framed_bundle
from tests.support.reviewing import Page, audit, verdict
from tests.support.service import wait_until

pytestmark = pytest.mark.integration

HEIGHT, WIDTH = 128, 256
"""Of the image: scored from column 64 on, and there not above row 64 from column 160 on."""

OPACITY_AT = """
const layer = document.getElementById("unscored");
const canvas = document.createElement("canvas");
Object.assign(canvas, { width: layer.naturalWidth, height: layer.naturalHeight });
const pen = canvas.getContext("2d");
pen.drawImage(layer, 0, 0);
return arguments[0].map(([x, y]) => pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data[3]);
"""


def image() -> bytes:
    """A defect that is scored, and brighter things that are not."""
    pixels = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    pixels[96:112, 96:120] = 200
    pixels[:, 8:40] = 255
    pixels[8:40, 200:240] = 255
    return png(pixels)


def judged(bundle: Path, offset: int) -> VerdictMessage:
    """What the service says of that image."""
    scorer = Scorer(read_bundle(bundle))
    found = scorer.score_encoded(image(), ImageLimits())
    made = judge(found.prediction, scorer.bundle.manifest.calibration, bundle.name, found.size, found.covers)
    fields = {name: getattr(made, name) for name in type(made).model_fields}
    return verdict(offset, **fields, image=ImageSize(width=WIDTH, height=HEIGHT))


class Hands:
    """A person at the page."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        driver.get(url)

    def press(self, key: str) -> None:
        ActionChains(self.driver).send_keys(key).perform()

    def sees(self, element: str) -> bool:
        return self.driver.find_element(By.CSS_SELECTOR, element).is_displayed()

    def waits_for(self, part: str) -> None:
        wait_until(lambda: self.driver.find_element(By.ID, "part").text == part, f"{part} to be shown")


@pytest.fixture
def hands(driver: Chrome, tmp_path: Path) -> Iterator[Hands]:
    framed = write_framed_bundle(tmp_path / "store")
    plain = write_bundle(tmp_path / "store", champion=False)
    audited = audit(3, bundle=framed.name, image=ImageSize(width=WIDTH, height=HEIGHT))
    page = Page(tmp_path, [judged(plain, 1), judged(framed, 2), audited], reviewer="ann")
    page.topic.images = dict.fromkeys((1, 2, 3), image())
    with serving(page.app, "127.0.0.1", 0) as port:
        yield Hands(driver, f"http://127.0.0.1:{port}/")


def test_what_is_not_scored_is_hatched_and_boxes_lie_where_the_defect_is(hands: Hands) -> None:
    hands.waits_for("part-2")
    wait_until(lambda: hands.sees("#unscored"), "the hatching")
    driver = hands.driver
    beside, ignored, defect, below = (0.1, 0.5), (0.9, 0.2), (0.42, 0.8), (0.9, 0.8)
    opacity = driver.execute_script(OPACITY_AT, [beside, ignored, defect, below])
    assert [each > 0 for each in opacity] == [True, True, False, False]
    (box,) = driver.find_elements(By.CSS_SELECTOR, "rect.found")
    left, top, width, height = (float(box.get_attribute(side) or 0) for side in ("x", "y", "width", "height"))
    assert (left, top, left + width, top + height) == pytest.approx((96, 96, 120, 112), abs=8)
    assert driver.find_element(By.ID, "legend").text == "Hatched: not scored"
    hands.press("h")
    assert not hands.sees("#unscored")
    assert not hands.sees("#legend")
    assert hands.sees("#map")
    button = driver.find_element(By.CSS_SELECTOR, '[data-do="unscored"]')
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert hands.sees("#unscored")
    hands.press("n")
    hands.waits_for("part-1")
    wait_until(lambda: hands.sees("#map"), "the map of a bundle that scores all of an image")
    assert not hands.sees("#legend")
    assert not hands.sees('[data-do="unscored"]')
    hands.press("n")
    hands.waits_for("part-3")
    assert "/unscored" not in driver.page_source, "an audit is blind"
    log = driver.get_log("browser")  # type: ignore[no-untyped-call] # selenium's
    assert [entry for entry in log if entry["level"] == "SEVERE"] == []
