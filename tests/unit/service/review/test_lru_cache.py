"""The LRU cache."""

from service.review.lru_cache import LruCache


def test_the_least_recently_used_value_leaves() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_values_make_room_by_their_size() -> None:
    cache: LruCache[str, bytes] = LruCache(10, len)
    cache.put("a", bytes(6))
    cache.put("b", bytes(4))
    cache.put("b", bytes(3))
    assert cache.get("a") is not None
    cache.put("c", bytes(5))
    assert (cache.get("b"), cache.get("a"), cache.get("c")) == (None, None, bytes(5))


def test_a_value_larger_than_the_capacity_stays_alone() -> None:
    cache: LruCache[str, bytes] = LruCache(2, len)
    cache.put("a", b"x")
    cache.put("b", bytes(9))
    assert (cache.get("a"), cache.get("b")) == (None, bytes(9))
