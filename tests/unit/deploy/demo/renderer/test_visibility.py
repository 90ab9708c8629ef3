import numpy as np

from deploy.demo.renderer.visibility import is_seen

SIZE = 64


def even(level: float) -> np.ndarray:
    return np.full((SIZE, SIZE, 3), level, np.float32)


def with_square(ground: np.ndarray, levels: float, side: int = 8) -> np.ndarray:
    changed = ground.copy()
    changed[20 : 20 + side, 20 : 20 + side] += levels
    return changed


def test_no_change_is_not_seen() -> None:
    assert not is_seen(even(130), even(130))


def test_a_change_is_seen_from_a_share_of_the_grounds_level() -> None:
    for levels, seen in ((-16, True), (16, True), (-6, False), (6, False)):
        assert is_seen(even(130), with_square(even(130), levels)) is seen


def test_brighter_ground_needs_more() -> None:
    assert is_seen(even(60), with_square(even(60), 12))
    assert not is_seen(even(200), with_square(even(200), 12))


def test_a_speck_is_not_seen() -> None:
    assert not is_seen(even(130), with_square(even(130), 100, side=1))


def test_texture_hides_what_even_ground_shows() -> None:
    stripes = even(130)
    stripes[:, ::4] += 60
    stripes[:, 1::4] += 60
    assert is_seen(even(160), with_square(even(160), 20))
    assert not is_seen(stripes, with_square(stripes, 20))


def test_slow_shading_is_not_seen() -> None:
    size = 256
    x = np.linspace(-1, 1, size, dtype=np.float32)
    slope = np.full((size, size, 3), 130, np.float32) + 12 * x[None, :, None]
    assert not is_seen(np.full((size, size, 3), 130, np.float32), slope)
    step = np.full((size, size, 3), 130, np.float32) + 32 * (x > 0)[None, :, None]
    assert is_seen(np.full((size, size, 3), 130, np.float32), step)
