from service.record.messages import Source
from training.collection.holdout import is_held_out


def test_what_is_held_out_never_changes() -> None:
    parts = [Source(topic="inspection.images", partition=0, offset=offset) for offset in range(60)]
    held_out = [part.offset for part in parts if is_held_out(part)]
    assert held_out == [1, 2, 4, 10, 13, 21, 24, 27, 34, 36, 45, 47, 51]
