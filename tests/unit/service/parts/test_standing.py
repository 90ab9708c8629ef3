"""The commit's metadata: which offsets are open."""

import base64
from random import Random

import pytest

from service.parts.standing import WINDOW, Standing, decode, encode

LONGEST_METADATA = 4096
"""Of Kafka's brokers, unless somebody sets `offset.metadata.max.bytes`."""


@pytest.mark.parametrize("seed", range(20))
def test_offsets_come_back_and_fit(seed: int) -> None:
    dice = Random(seed)
    start = dice.randrange(10**12)
    offsets = {start + dice.randrange(WINDOW) for _ in range(dice.choice([1, 10, WINDOW]))}
    metadata = encode(offsets)
    assert decode(metadata) == offsets
    assert len(metadata) < LONGEST_METADATA / 2


def test_nothing_open_is_nothing_noted() -> None:
    assert (encode([]), decode("")) == ("", frozenset())


@pytest.mark.parametrize(
    "metadata",
    ["offset-reset by hand", "open:7", "open:7:", "open:-7:AA==", "open:7:A", "open:७:AA==", "open:7:AA==\n"],
)
def test_what_others_noted_is_refused(metadata: str) -> None:
    with pytest.raises(ValueError, match="expected open:OFFSET:BITS, found"):
        decode(metadata)


def test_more_than_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="expected open:OFFSET:BITS"):
        decode(f"open:0:{base64.b64encode(bytes(WINDOW)).decode()}")


def test_a_rebuild_begins_a_window_before_the_commit() -> None:
    assert (Standing(WINDOW + 5).window_start, Standing(5).window_start) == (5, 0)
