import cv2
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.report import figures
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


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["a$x^$b", r"$\frac{$", "🔥 burn", "a\nb"])
def test_any_name_of_a_folder_can_stand_in_the_legend(name: str) -> None:
    figure, axes = blank()
    axes.plot([0, 1], [0, 1], label=name)
    assert png(figure, axes)
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_text() == name


def test_a_name_that_begins_with_an_underscore_is_in_the_legend(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def kept(_: Figure, axes: Axes) -> bytes:
        shown.extend(axes.get_legend_handles_labels()[1])
        return b""

    monkeypatch.setattr(figures, "png", kept)
    figures.latent_scatter({"normals": np.eye(3, dtype=np.float32), "_burn": np.eye(3, dtype=np.float32)})
    assert [label.strip() for label in shown] == ["normals (3)", "_burn (3)"]
