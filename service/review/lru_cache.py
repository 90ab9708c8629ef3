"""A thread-safe LRU cache bounded by total size."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LruCache(Generic[Key, Value]):
    """The values used last, up to a total size; for any thread."""

    def __init__(self, capacity: int, size: Callable[[Value], int] = lambda _value: 1) -> None:
        """`capacity` is the total of all values' `size`: by default, the number of values."""
        self._capacity = capacity
        self._size = size
        self._total = 0
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value under a key, which counts as used by this; None if there is none."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Key, value: Value) -> None:
        """Add or replace a value; the least recently used ones leave. One larger than the capacity stays alone."""
        with self._lock:
            if key in self._values:
                self._total -= self._size(self._values.pop(key))
            self._values[key] = value
            self._total += self._size(value)
            while self._total > self._capacity and len(self._values) > 1:
                self._total -= self._size(self._values.popitem(last=False)[1])

    def values(self) -> list[Value]:
        """All values, the least recently used first."""
        with self._lock:
            return list(self._values.values())
