from pathlib import Path

from tests.support.bundles import part
from tests.support.drawn_parts import write_image
from tests.support.tiny_training import QUIET
from training.data.exclusions import ExclusionReason
from training.data.folder import TestImage, find_layout
from training.data.normal_set import scan
from training.evaluation.unseen_tests import unseen_tests


def test_a_test_image_with_the_pixels_of_a_normal_one_is_left_out_in_any_format(tmp_path: Path) -> None:
    normals = [write_image(tmp_path / f"good/{number}.png", part(level)) for number, level in enumerate((60, 80, 100))]
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    twin, other = (write_image(tmp_path / name, part(level)) for name, level in (("twin.bmp", 80), ("other.png", 90)))
    tests = [TestImage(twin, "scratch"), TestImage(other, "good"), TestImage(broken, "good")]
    unseen, left_out = unseen_tests(tests, scan(find_layout(tmp_path / "good"), QUIET).images, QUIET)
    assert unseen == tests[1:]
    assert [(each.path, each.why) for each in left_out] == [(twin, ExclusionReason.LEARNT)]
    assert left_out[0].detail == f"same pixels as the normal image {normals[1]}"
