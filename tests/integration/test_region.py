"""The page of `linewatch-train region` in a real browser; needs no Kafka."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.drawn_parts import write_parts
from tests.support.regions import read_png
from tests.support.service import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.integration

LINEWATCH_TRAIN = Path(sys.executable).with_name("linewatch-train")
SIDE = 160


@contextmanager
def page_of(data: Path, out: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address of its page."""
    process = subprocess.Popen(
        [LINEWATCH_TRAIN, "region", data, "--out", out, "--no-browser", "--stream", "left"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"draw on (http://127\.0\.0\.1:\d+/)", line):
                yield process, found[1]
                return
        pytest.fail("expected the address of the page, found none")
    finally:
        process.kill()
        process.communicate()


class Hands:
    """A person with mouse and keys."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        driver.get(url)
        wait_until(lambda: self.asks("return 'ready' in document.body.dataset"), "the page to be ready")

    def asks(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def text(self, element: str) -> str:
        return self.driver.find_element(By.ID, element).text

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def click(self, css: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, css).click()

    def pulls(self, begin: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag between two places in pixels of the image."""
        stage = self.driver.find_element(By.ID, "stage")
        middle = [stage.rect["x"] + stage.rect["width"] / 2, stage.rect["y"] + stage.rect["height"] / 2]
        sheet = self.driver.execute_script("return document.getElementById('sheet').getBoundingClientRect().toJSON()")
        (x1, y1), (x2, y2) = (
            (sheet["x"] + x * sheet["width"] / SIDE, sheet["y"] + y * sheet["height"] / SIDE) for x, y in (begin, end)
        )
        ActionChains(self.driver).move_to_element_with_offset(
            stage, round(x1 - middle[0]), round(y1 - middle[1])
        ).click_and_hold().move_by_offset(round(x2) - round(x1), round(y2) - round(y1)).release().perform()

    def saves(self, button: str = "save") -> str:
        """Press the button and wait; the command that is shown."""
        self.click(f"#{button}")
        wait_until(lambda: self.text("command") != "", "the command", lambda: self.text("trouble"))
        return self.text("command")


def test_a_region_and_areas_are_drawn_saved_and_gone_on_with(driver: Chrome, tmp_path: Path) -> None:
    data, out = write_parts(tmp_path / "data", normals=24, side=SIDE).root, tmp_path / "out"
    with page_of(data, out) as (process, url):
        hands = Hands(driver, url)
        hands.pulls((16, 20), (144, 140))
        hands.press("t")
        hands.pulls((30, 40), (50, 70))
        hands.press("o")
        hands.asks("document.getElementById('stage').focus()")
        for key in (Keys.ENTER, *[Keys.ARROW_RIGHT] * 8, *[Keys.ARROW_DOWN] * 8, Keys.ENTER):
            hands.press(key)
        hands.press("b")
        hands.pulls((100, 120), (120, 120))
        hands.press("z")
        command = hands.saves()
        mask = read_png(out / "ignore.png")
        assert (mask.shape, set(np.unique(mask).tolist())) == ((SIDE, SIDE), {0, 255})
        rows, columns = np.nonzero(mask[:75, :75])
        drawn = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert drawn == pytest.approx([30, 40, 50, 70], abs=1)
        assert mask[41:69, 31:49].all()
        assert mask[90, 90] == 255
        assert mask[120, 110] == 0, "the stroke was undone"
        region = json.loads((out / "region.json").read_text())
        roi = region["roi"]
        assert [roi["x"], roi["y"], roi["width"], roi["height"]] == pytest.approx([16, 20, 128, 120], abs=1)
        assert (region["drawn_by"], region["images"]["used"], region["suggestion_taken"]) == ("person", 24, [])
        box = f"{roi['x']},{roi['y']},{roi['width']},{roi['height']}"
        expected = ["--stream", "left", "--roi", box, "--ignore", str(out / "ignore.png")]
        assert shlex.split(command) == ["linewatch-train", "fit", str(data), *expected]
        log = driver.get_log("browser")  # type: ignore[no-untyped-call] # selenium's
        assert [entry for entry in log if entry["level"] == "SEVERE"] == []
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, command in printed) == (0, True)
    with page_of(data, out) as (process, url):
        hands = Hands(driver, url)
        assert [hands.asks(f"return document.getElementById('{side}').value") for side in ("x", "y")] == [
            str(roi["x"]),
            str(roi["y"]),
        ]
        hands.click("#suggestions button")  # the surround
        hands.saves("close")
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0
    again = read_png(out / "ignore.png")
    assert (again >= mask).all()
    assert again[1, 1] == 255, "the surround was taken over"
    assert again[80, 60] == 0, "the part is scored"
    assert json.loads((out / "region.json").read_text())["suggestion_taken"] == ["surround"]
