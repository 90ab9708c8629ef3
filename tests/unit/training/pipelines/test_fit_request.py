from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.scoring.bundle import BundleError, BundleStore
from training.errors import TrainingError
from training.pipelines.fit_request import FitRequest, check


@pytest.fixture
def request_(tmp_path: Path) -> FitRequest:
    return FitRequest(data=tmp_path, stream="line-1", store=BundleStore(tmp_path / "store"))


def test_a_usable_request_leaves_nothing_in_the_store(request_: FitRequest) -> None:
    check(request_)
    assert not list(request_.store.root.glob("*"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"autoencoder": "comv"}, "expected --autoencoder to be one of"),
        ({"false_alarm_rate": 1.0}, "expected a false-alarm rate above 0 and below 1"),
        ({"false_alarm_rate": 1e-320}, "expected a false-alarm rate of at least 1e-06"),
        ({"false_alarm_rate": 0.1, "review_rate": 0.1}, "expected a review rate above the false-alarm rate 0.1"),
        ({"review_rate": 1.0}, "expected a review rate above"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_one_sentence(
    changes: dict[str, Any], sentence: str, request_: FitRequest
) -> None:
    with pytest.raises(TrainingError, match=f"^{sentence}"):
        check(replace(request_, **changes))


def test_a_stream_needs_a_name_that_is_a_folders(request_: FitRequest) -> None:
    with pytest.raises(BundleError, match="expected a stream name of letters"):
        check(replace(request_, stream="line/1"))
