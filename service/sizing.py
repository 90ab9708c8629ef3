"""Sizing a plant: cores, replicas, partitions and bandwidth for so many cameras, from measured figures."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """What one image costs the service."""

    image_cpu_seconds: float
    """Whatever its size: fetching, scoring, publishing."""
    megapixel_cpu_seconds: float
    """Decoding a JPEG, for each megapixel, and resizing it."""
    megapixel_bytes: int
    """Of JPEG at quality 90."""


MEASURED = Measured(image_cpu_seconds=0.0122, megapixel_cpu_seconds=0.0014, megapixel_bytes=126_533)
"""As `make bench` printed them on two cores of an AMD EPYC (Zen 4), with the demo's bundle."""


@dataclass(frozen=True, slots=True)
class Plant:
    """What is to be scored, and by what."""

    cameras: int
    rate: float
    """Images a second of each camera."""
    megapixels: float
    load: float = 0.5
    """Share of its capacity that a core may be used at: verdicts come late from one that is full."""
    cores_per_replica: int = 2
    copies: int = 3
    """Kafka's replication factor."""
    image_bytes: int | None = None
    """Of each image; None for what its megapixels make as a JPEG."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a plant needs."""

    images_per_second: float
    image_cpu_seconds: float
    cores: int
    replicas: int
    partitions: int
    """Of the topic of images: each is read by one replica, so twice as many leave room to grow."""
    bytes_in: float
    """A second, from the cameras; the service reads as many."""
    bytes_copied: float
    """A second, between brokers."""
    disk_bytes_per_hour: float
    """Of all copies, for each hour that images are kept."""


def size(plant: Plant, measured: Measured = MEASURED) -> Size:
    """What so many cameras need; all of the same kind, and images spread evenly over the partitions."""
    images = plant.cameras * plant.rate
    cpu = measured.image_cpu_seconds + plant.megapixels * measured.megapixel_cpu_seconds
    replicas = math.ceil(images * cpu / plant.load / plant.cores_per_replica)
    bytes_in = images * (plant.image_bytes or plant.megapixels * measured.megapixel_bytes)
    return Size(
        images_per_second=images,
        image_cpu_seconds=cpu,
        cores=replicas * plant.cores_per_replica,
        replicas=replicas,
        partitions=2 * replicas,
        bytes_in=bytes_in,
        bytes_copied=(plant.copies - 1) * bytes_in,
        disk_bytes_per_hour=3600 * plant.copies * bytes_in,
    )
