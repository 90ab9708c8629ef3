from pathlib import Path

import pytest

from training.data.naming import named


@pytest.mark.parametrize(
    ("count", "sentence"), [(1, "0.png"), (3, "0.png, 1.png, 2.png"), (5, "0.png, 1.png, 2.png and 2 more")]
)
def test_the_first_few_are_named_and_the_others_counted(count: int, sentence: str) -> None:
    assert named([Path(f"a/{number}.png") for number in range(count)]) == sentence
