import cv2
import numpy as np

from training.report.plotting import DPI, HEIGHT, WIDTH, blank, png


def test_a_plot_is_a_png_of_the_reports_size_on_a_transparent_background() -> None:
    figure, axes = blank()
    axes.plot([0, 1], [0, 1], color="#ff0000", label="a line")
    image = cv2.imdecode(np.frombuffer(png(figure, axes), np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    assert image.shape == (round(HEIGHT * DPI), round(WIDTH * DPI), 4)
    assert image[0, 0, 3] == 0
    red = (image[..., 2] > 200) & (image[..., :2].max(axis=2) < 50) & (image[..., 3] > 200)
    assert red.sum() > WIDTH * DPI / 2


def test_each_plot_starts_empty() -> None:
    (_, first), (_, second) = blank(), blank()
    first.plot([0, 1], [0, 1])
    assert (len(first.lines), len(second.lines)) == (1, 0)
