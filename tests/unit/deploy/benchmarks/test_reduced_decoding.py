"""What decoding images smaller changes, as the benchmark measures it."""

from pathlib import Path

from deploy.benchmarks.reduced_decoding import measure_changes, measure_floors
from tests.support.encoded import encoded, photograph


def test_each_set_has_its_two_differences(tmp_path: Path) -> None:
    for name, channels in (("colour", 3), ("mono", 1)):
        folder = tmp_path / name / "train" / "good"
        folder.mkdir(parents=True)
        (folder / "0.png").write_bytes(encoded(".png", photograph(160, 200, channels)))
    colour, mono = measure_changes(tmp_path, None)
    assert (colour.images, mono.images) == ("colour", "mono")
    assert 0 < colour.ways < colour.quality
    assert 0 < mono.ways < mono.quality


def test_every_format_is_timed_beside_its_library() -> None:
    found = list(measure_floors(lambda extension, *sides: encoded(extension, photograph(*sides)), [(40, 50)]))
    assert [each.image for each in found] == ["JPG", "PNG", "TIFF", "BMP"]
    assert all(each.megapixels == 0.002 for each in found)
