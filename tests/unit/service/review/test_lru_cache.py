"""Keeping what was used last."""

from service.review.lru_cache import LruCache


def test_what_was_not_used_for_the_longest_time_makes_room() -> None:
    recent: LruCache[str, int] = LruCache(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_values_make_room_by_their_size() -> None:
    recent: LruCache[str, bytes] = LruCache(10, len)
    recent.put("a", bytes(6))
    recent.put("b", bytes(4))
    recent.put("b", bytes(3))
    assert recent.get("a") is not None
    recent.put("c", bytes(5))
    assert (recent.get("b"), recent.get("a"), recent.get("c")) == (None, None, bytes(5))


def test_a_value_larger_than_all_room_is_kept_alone() -> None:
    recent: LruCache[str, bytes] = LruCache(2, len)
    recent.put("a", b"x")
    recent.put("b", bytes(9))
    assert (recent.get("a"), recent.get("b")) == (None, bytes(9))
