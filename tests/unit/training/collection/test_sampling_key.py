from service.record.messages import Source
from training.collection.sampling_key import sampling_key

PARTS = [Source(topic="inspection.images", partition=0, offset=offset) for offset in range(1000)]


def test_the_key_of_a_part_never_changes() -> None:
    assert sampling_key(0, PARTS[1]) == 5441938012434356302


def test_keys_are_uniform_and_another_salt_gives_others() -> None:
    keys = [sampling_key(0, part) for part in PARTS]
    assert 400 < sum(key < 2**63 for key in keys) < 600
    assert not set(keys) & {sampling_key("held out", part) for part in PARTS}
