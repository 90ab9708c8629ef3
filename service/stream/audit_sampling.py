"""Hash-based sampling of the passes that a person also reviews, the audits."""

import hmac
from dataclasses import dataclass, field

_SPAN = 1 << 64
"""The first eight bytes of the hash are a number in [0, 1), in steps of 1 / _SPAN."""


@dataclass(frozen=True, slots=True)
class AuditSampling:
    """Samples a share `rate` of part ids by HMAC-SHA-256 with the key: without state, and without chance at run time.

    So all replicas sample the same parts, a replayed image is sampled again, a larger rate samples those of a smaller
    one and more, and nobody without the key can predict which parts are sampled, nor choose ids that never are.
    """

    rate: float
    key: bytes = field(repr=False)

    def includes(self, part_id: str) -> bool:
        """Whether the part with this id is sampled."""
        number = int.from_bytes(hmac.digest(self.key, part_id.encode(), "sha256")[:8])
        return number < self.rate * _SPAN


NO_AUDITS = AuditSampling(rate=0.0, key=b"")
