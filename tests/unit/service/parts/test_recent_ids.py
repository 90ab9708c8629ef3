"""The latest capture times are those of the records that are kept, whatever was forgotten."""

from datetime import timedelta
from random import Random

import pytest

from service.parts.recent_ids import RecentIds
from tests.support.inspection_log import NOON


@pytest.mark.parametrize("seed", range(20))
def test_it_knows_what_one_knows_that_read_the_kept_records_alone(seed: int) -> None:
    dice, window = Random(seed), 10
    records = [
        (offset, dice.choice([b"a", b"b", b"c"]), NOON + timedelta(seconds=dice.randrange(20))) for offset in range(60)
    ]
    old = RecentIds()
    for offset, part_id, captured_at in records:
        old.add(part_id, offset, captured_at)
        old.forget_before(offset + 1 - window)
        kept = records[max(0, offset + 1 - window) : offset + 1]
        for each in (b"a", b"b", b"c"):
            assert old.latest(each) == max((at for _, name, at in kept if name == each), default=None)
        assert len(old) == len({name for _, name, _ in kept})
