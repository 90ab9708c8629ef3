"""`linewatch review`."""

import pytest

from tests.support.linewatch_command import failure


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--review-host", "0.0.0.0"], "because others can reach review_host 0.0.0.0, found none"),
        (["--review-host", "plant.example"], "because others can reach review_host plant.example, found none"),
        (["--review-token", "short"], "expected a review_token of at least 16 characters, found 5"),
    ],
)
def test_the_review_page_is_not_opened_to_others_without_a_good_token(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = failure(["review", *arguments], capsys)
    assert (status, printed.count("\n")) == (2, 1)
    assert expected in printed


def test_without_its_extra_the_review_page_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.cli.review.find_spec", lambda name: None if name == "flask_wtf" else name)
    status, printed = failure(["review"], capsys)
    assert (status, printed.count("\n")) == (1, 1)
    assert "found no flask_wtf; install it: pip install 'linewatch[review]'" in printed
