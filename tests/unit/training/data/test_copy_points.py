import cv2
import numpy as np

from training.data.copy_points import MIRRORED, POINTS, SIDE, describe, picture


def texture(seed: int, height: int = 120, width: int = 200) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return np.asarray(np.clip(128.0 + 40.0 * smooth / smooth.std(), 0.0, 255.0), np.uint8)


def test_a_record_has_the_picture_in_its_corner_and_the_strongest_points() -> None:
    record = describe(texture(0))
    assert [int(record["width"]), int(record["height"])] == [SIDE, round(SIDE * 120 / 200)]
    assert 20 < record["points"] <= POINTS
    assert not record["picture"][record["height"] :].any()


def test_mirrored_images_have_mirrored_descriptors() -> None:
    image = texture(1)
    one, other = describe(image), describe(np.ascontiguousarray(image[:, ::-1]))
    a, b = (each["descriptors"][: each["points"]].astype(np.float32) for each in (one, other))
    nearest = cv2.BFMatcher(cv2.NORM_L2).match(a[:, MIRRORED], b)
    assert np.median([pair.distance for pair in nearest]) < 30.0
    assert np.median([pair.distance for pair in cv2.BFMatcher(cv2.NORM_L2).match(a, b)]) > 60.0


def test_light_and_depth_do_not_matter() -> None:
    image = texture(2)
    darker = (30000.0 + 100.0 * image.astype(np.float32)).astype(np.uint16)
    difference = picture(image).astype(np.float32) - picture(darker)
    assert np.abs(difference).mean() < 2.0


def test_an_image_without_structure_has_no_points() -> None:
    assert describe(np.full((40, 60, 3), 99, np.uint8))["points"] == 0
