import numpy as np

from training.data.grey import grey


def test_grey_is_the_mean_over_channels() -> None:
    assert grey(np.array([[[0.0, 3.0, 6.0]]], np.float32)).tolist() == [[3.0]]
    assert grey(np.array([[7.0]], np.float32)).tolist() == [[7.0]]
