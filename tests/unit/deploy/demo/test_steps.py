"""Steps that the demo and its retraining loop share."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy.demo.options import Options
from deploy.demo.steps import Clock, fit, metrics_agree, stream_name
from deploy.devtools.commands import linewatch_train
from deploy.devtools.commands.linewatch_train import FitOptions, Fitted, Guarantee, TooFewNormalImages

QUIET = Console(quiet=True)


def fit_small_set(_data: Path, options: FitOptions) -> Fitted:
    """`linewatch-train fit` on a set that supports no rate below 0.04."""
    if options.false_alarm_rate < 0.04:
        raise TooFewNormalImages("too few", smallest=0.04)
    return Fitted(str(options.review_rate), Path("report.html"), Guarantee(options.false_alarm_rate, 24))


def test_a_small_set_is_fitted_for_the_smallest_rate_that_it_supports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linewatch_train, "fit", fit_small_set)
    fitted = fit(tmp_path, "bolts", tmp_path, Options(loop=True), QUIET)
    assert fitted.guarantee == Guarantee(0.04, 24)
    assert fitted.bundle == "0.08", "the review rate is above the false-alarm rate"


def test_a_rate_that_was_asked_for_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linewatch_train, "fit", fit_small_set)
    with pytest.raises(TooFewNormalImages):
        fit(tmp_path, "bolts", tmp_path, Options(false_alarm_rate=0.01), QUIET)


def test_a_stream_is_named_after_its_folder(tmp_path: Path) -> None:
    assert stream_name(tmp_path / "Metal Nuts (v2)") == "metal-nuts-v2-"


def test_seconds_of_one_name_add_up() -> None:
    clock = Clock()
    for step in ("fit", "stream", "fit"):
        with clock(step):
            pass
    found = clock.with_total()
    assert list(found) == ["fit", "stream", "total"]
    assert found["total"] >= found["fit"] + found["stream"]


def test_images_that_the_service_did_not_count_are_reported() -> None:
    printed = StringIO()
    assert metrics_agree({"pass": 2, "anomaly": 1}, 3, QUIET)
    assert not metrics_agree({"pass": 2}, 3, Console(file=printed, width=200))
    assert "3 images were sent, but linewatch_images_total counts {'pass': 2}" in printed.getvalue()
