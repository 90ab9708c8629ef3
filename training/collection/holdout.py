"""Which reviewed parts are held out from training, so that they can test every bundle."""

from service.record.messages import Source
from training.collection.sampling_key import sampling_key

HELD_OUT_ONE_IN = 5


def is_held_out(source: Source) -> bool:
    """Whether a part, once reviewed normal, is a test image and never learnt from.

    One in five, by the hash of its coordinates: the same ones in every collection, so that a bundle's false alarms on
    reviewed parts can be measured on parts that no bundle has seen.
    """
    return sampling_key("held out", source) % HELD_OUT_ONE_IN == 0
