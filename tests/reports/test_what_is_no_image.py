"""Reported: an empty file, an error page or a Git LFS pointer with an image's name ends the run."""

from tests.support.bundles import part, png
from tests.support.scoring_files import ScoreFiles


def test_each_is_refused_by_what_it_is_and_the_others_are_scored(score_files: ScoreFiles) -> None:
    answers = score_files(
        {
            "empty.png": b"",
            "error page.jpg": b"<!doctype html><title>502 Bad Gateway</title>",
            "pointer.png": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "zeros.bmp": bytes(5000),
            "good.png": png(part(51)),
        }
    )
    assert {name: answer.get("reason", "scored") for name, answer in answers.items()} == {
        "empty.png": "empty",
        "error page.jpg": "unsupported_format",
        "pointer.png": "unsupported_format",
        "zeros.bmp": "unsupported_format",
        "good.png": "scored",
    }
