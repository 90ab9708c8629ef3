"""What a plant needs, worked out from what an image costs."""

from dataclasses import replace

import pytest

from service.sizing import Measured, Plant, size

MEASURED = Measured(image_cpu_seconds=0.010, megapixel_cpu_seconds=0.005, megapixel_bytes=100_000)
PLANT = Plant(cameras=100, rate=2.0, megapixels=2.0)


def test_cores_are_the_images_times_what_each_costs_over_the_load() -> None:
    found = size(PLANT, MEASURED)
    assert found.images_per_second == 200.0
    assert found.image_cpu_seconds == pytest.approx(0.020)
    assert (found.cores, found.replicas, found.partitions) == (8, 4, 8)  # 4 cores' work at half load


def test_a_part_of_a_replica_is_a_whole_one() -> None:
    assert size(replace(PLANT, cameras=101), MEASURED).replicas == 5
    assert size(replace(PLANT, cameras=1, rate=0.001), MEASURED).replicas == 1


def test_a_higher_load_and_larger_replicas_need_fewer_of_them() -> None:
    assert size(replace(PLANT, load=0.8), MEASURED).replicas == 3
    assert size(replace(PLANT, cores_per_replica=8), MEASURED).replicas == 1


def test_brokers_take_each_image_in_once_and_copy_it_to_the_others() -> None:
    found = size(PLANT, MEASURED)
    assert found.bytes_in == pytest.approx(200 * 2 * 100_000)
    assert found.bytes_copied == pytest.approx(2 * found.bytes_in)
    assert found.disk_bytes_per_hour == pytest.approx(3600 * 3 * found.bytes_in)
    assert size(replace(PLANT, copies=1), MEASURED).bytes_copied == 0


def test_the_size_of_an_image_can_be_given() -> None:
    assert size(replace(PLANT, image_bytes=50_000), MEASURED).bytes_in == 200 * 50_000
