"""Whether the service takes images, as /ready and the status page say it."""

from service.bundles.champions import Champions
from service.status import Status


def waits_for(champions: Champions, status: Status) -> str:
    """Why the service does not take images yet, or nothing."""
    if not champions.all():
        refusals = "; ".join(refusal.why for refusal in champions.refusals().values())
        return status.store_trouble or refusals or "no stream has a champion in the store yet"
    return "" if status.in_group else "not yet in the consumer group"
