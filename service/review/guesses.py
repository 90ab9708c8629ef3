"""How often a wrong token may be tried: by each address, and by all together."""

import threading
from collections import deque
from collections.abc import Callable
from ipaddress import ip_address
from math import ceil
from time import monotonic

from service.review.lru_cache import LruCache

WINDOW_SECONDS = 60.0
MOST_OF_ONE = 10
"""Wrong tokens of one address within the window."""

MOST_OF_ALL = 100
"""Of all addresses together. One that has shown the right token is not held back by the others."""

KEPT_ADDRESSES = 1000
_IPV6_NETWORK_BITS = 64
"""What one customer has: its other bits can be chosen at will."""


class Guesses:
    """Counts wrong tokens; memory is bounded; for any thread."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: deque[float] = deque(maxlen=MOST_OF_ALL)
        self._by_address: LruCache[str, deque[float]] = LruCache(KEPT_ADDRESSES)
        self._let_in: LruCache[str, bool] = LruCache(KEPT_ADDRESSES)

    def wait_seconds(self, address: str) -> int:
        """How long an address has to wait before its token is looked at; 0 if it need not."""
        who = _network(address)
        with self._lock:
            own = self._by_address.get(who) or deque()
            limits = [(own, MOST_OF_ONE)] + ([] if self._let_in.get(who) else [(self._all, MOST_OF_ALL)])
            left = [times[0] + WINDOW_SECONDS - self._clock() for times, most in limits if len(times) == most]
        return max(0, *(ceil(each) for each in left), 0)

    def note(self, address: str, *, right: bool) -> None:
        """Count a token that was looked at."""
        who = _network(address)
        with self._lock:
            if right:
                self._let_in.put(who, True)
                return
            own = self._by_address.get(who) or deque(maxlen=MOST_OF_ONE)
            own.append(self._clock())
            self._by_address.put(who, own)
            self._all.append(self._clock())


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(int(found) >> _IPV6_NETWORK_BITS)  # noqa: PLR2004 - IPv4
