from dataclasses import replace
from pathlib import Path

from deploy.demo.figures import VERDICT, Answer, Tally, summarise
from deploy.demo.images import LineImage
from deploy.demo.retraining.figures import Alarms, Loop, Phase, Promotion, Shadow
from deploy.demo.retraining.table import render_loop
from deploy.devtools.commands.linewatch_train import Guarantee

GUARANTEE = Guarantee(0.01, calibration_images=99)


def phase(flagged: int, alarms: Alarms, *, answered: int = 10) -> Phase:
    """9 good parts of which `flagged` are flagged, and a scratch that is flagged."""
    images = [LineImage(f"p{n}", Path("p.png"), "scratch" if n == 9 else "good") for n in range(10)]
    answers = [Answer(f"p{n}", VERDICT, 0.1, flagged=n < flagged or n == 9) for n in range(10)][-answered:]
    figures = summarise(images, answers, guarantee=GUARANTEE, stream_seconds=1.0, seconds={})
    return Phase(figures, alarms, normal_to_review=2, defects_to_review=0)


def loop(promotion: Promotion = Promotion(done=True)) -> Loop:  # noqa: B008 - frozen
    return Loop(
        before=phase(0, Alarms(0, 0, None)),
        drifted=phase(4, Alarms(1, 0, 7)),
        after=phase(1, Alarms(0, 0, None)),
        reviews={"normal": 3, "defect": 1},
        collected={"train/good": 8},
        missed=[],
        promotion=promotion,
        shadow=Shadow(10, 9, Tally(8, 1)),
        guarantee=GUARANTEE,
        champion="old",
        challenger="new",
    )


def test_the_table_has_the_three_phases_side_by_side() -> None:
    text = render_loop(loop(), {"fit": 4.0}, {"backtest": "here.html"})
    rows = {cells[0]: cells[1:] for line in text.splitlines() if (cells := [c.strip() for c in line.split("|")[1:-1]])}
    assert rows["good parts flagged"] == ["0 of 9 (0%)", "4 of 9 (44%)", "1 of 9 (11%)"]
    assert rows["defects flagged"] == ["1 of 1 (100%)"] * 3
    assert rows["drift alarms"] == ["0", "1, the first after 7 parts", "0"]
    assert "promoted: new in place of old\n" in text
    assert "reviews: defect 1, normal 3" in text
    assert text.endswith("backtest: here.html")


def test_the_table_names_whether_the_lamp_did_any_harm() -> None:
    assert "under the weak lamp: more false alarms than likely, and a drift alarm after 7 parts" in render_loop(
        loop(), {}, {}
    )
    harmless = replace(loop(), drifted=phase(0, Alarms(0, 0, None)))
    assert "no more false alarms than likely, and no drift alarm" in render_loop(harmless, {}, {})


def test_a_promotion_by_force_has_its_reason() -> None:
    text = render_loop(loop(Promotion(done=True, forced="4 of 9 good parts")), {}, {})
    assert "promoted: new in place of old, by force: 4 of 9 good parts" in text


def test_the_figures_have_the_keys_that_readers_of_the_file_know() -> None:
    written = loop().as_json({"total": 1.0})
    assert written["drifted"] == {
        "false_alarms": {"normal_sent": 9, "flagged": 4, "budget": 0.01, "to_review": 2},
        "defects": {"sent": 1, "flagged": 1, "to_review": 0},
        "alarms": {"drift": 1, "burst": 0, "drift_after_parts": 7},
    }
    assert written["seconds"] == {"total": 1.0}


def test_an_image_without_a_verdict_in_any_phase_is_counted() -> None:
    whole = loop()
    assert whole.every_image_has_one_verdict
    cut = replace(whole, drifted=phase(4, Alarms(0, 0, None), answered=9))
    assert not cut.every_image_has_one_verdict
    assert "| images without one verdict | 0 " in render_loop(whole, {}, {})


def test_a_champion_that_stays_is_named() -> None:
    text = render_loop(loop(Promotion(done=False)), {}, {})
    assert "not promoted: promote refused" in text
    assert "in place of" not in text
