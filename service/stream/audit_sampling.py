"""Drawing by lot which passes a person is to look at as well."""

import hmac
from dataclasses import dataclass, field

_SPAN = 1 << 64
"""The draw takes the first eight bytes of the hash as a number in [0, 1), in steps of 1 / _SPAN."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Draws a share `rate` of part ids by HMAC-SHA-256 with the key: no state and no chance at run time.

    So all replicas draw the same parts, a replayed image is drawn again, a larger rate draws those of a smaller one
    and more, and nobody without the key can tell which parts are drawn, nor choose ids that never are.
    """

    rate: float
    key: bytes = field(repr=False)

    def draws(self, part_id: str) -> bool:
        """Whether the part with this id is drawn."""
        number = int.from_bytes(hmac.digest(self.key, part_id.encode(), "sha256")[:8])
        return number < self.rate * _SPAN


NO_AUDIT = Audit(rate=0.0, key=b"")
