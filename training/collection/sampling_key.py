"""The sampling key of a part: a hash of its coordinates, as good as random and always the same."""

import hashlib

from service.record.messages import Source


def sampling_key(salt: int | str, source: Source) -> int:
    """A number from 0 to 2**64 - 1, uniform over parts; another salt, such as a seed, gives others."""
    return int.from_bytes(hashlib.sha256(f"{salt}:{source}".encode()).digest()[:8])
