from pathlib import Path

from deploy.demo.figures import VERDICT, Answer, summarise
from deploy.demo.images import LineImage
from deploy.demo.table import render_table
from deploy.devtools.commands.linewatch_train import Guarantee


def test_the_table_says_what_was_sent_flagged_and_missed() -> None:
    images = [LineImage("p0", Path("0.png"), "good"), LineImage("p1", Path("1.png"), "dent")]
    answers = [Answer("p0", VERDICT, 0.05, 0.1), Answer("p1", VERDICT, 0.15, 0.9, flagged=True)]
    figures = summarise(
        images, answers, guarantee=Guarantee(0.01, calibration_images=99), stream_seconds=1.0, seconds={"fit": 4.0}
    )
    table = render_table(figures, {"status page": "http://here/"})
    rows = {name.strip(): value.strip() for name, value in (line.strip("|").split("|") for line in table.splitlines())}
    assert rows["images sent"] == "2"
    assert rows["- dent flagged"] == "1 of 1 (100%)"
    assert rows["defects missed"] == "0"
    assert rows["false alarms"].startswith("0 of 1 good parts; budget 1.00%")
    assert rows["image AUROC"] == "1.000"
    assert rows["latency p50 / p99"] == "100 ms / 149 ms"
    assert rows["status page"] == "http://here/"


def test_the_table_of_a_line_that_answered_nothing_can_be_printed() -> None:
    figures = summarise(
        [LineImage("p0", Path("0.png"), "good")],
        [],
        guarantee=Guarantee(0.01, calibration_images=99),
        stream_seconds=1.0,
        seconds={},
    )
    assert "none / none" in render_table(figures, {})
