"""What a fork leaves behind: nothing of the template but its memory."""

import os
from contextlib import suppress
from itertools import product
from pathlib import Path

import numpy as np
import psutil
import pytest

from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.input_spec import InputSpec
from service.scoring.workers.pool import DecodeWorkers
from tests.support.bundles import part, png
from tests.support.encoded import encoded, noise, tiff
from tests.support.workers import BAD, workers_that

SPEC = InputSpec(height=32, width=32, channels=3)


def test_a_worker_has_its_socket_its_pipe_its_shared_memory_and_nothing_else(tmp_path: Path) -> None:
    found = tmp_path / "found"
    listing = f"pathlib.Path({str(found)!r}).write_text(' '.join(os.readlink(f'/proc/self/fd/{{each}}').split(':')[0] "
    listing += "for each in sorted(os.listdir('/proc/self/fd'), key=int)[:-1]))"
    with workers_that(listing, tmp_path) as workers:
        workers.prepare(BAD + png(part(60)), [SPEC], "images/0/1")
    assert found.read_text().split() == ["/dev/null", "pipe", "pipe", "socket", "/memfd"]


def test_a_worker_imports_nothing_when_images_come(tmp_path: Path) -> None:
    """It would be charged to an image, or find no room."""
    found, deep = tmp_path / "found", noise((40, 40, 3), np.uint16)
    images = [encoded(extension, part(60)) for extension in (".jpg", ".bmp")] + [encoded(".png", deep), tiff(deep)]
    images += [tiff(part(60), compression="jpeg"), *(image[:-40] for image in images), b"no image", b"II*\0"]
    specs = [SPEC, *(SPEC.model_copy(update=each) for each in ({"margin": 1.0}, {"bit_depth": 16}, {"channels": 1}))]
    listing = f"pathlib.Path({str(found)!r}).write_text(' '.join(sorted(sys.modules)))"
    with workers_that(listing, tmp_path) as workers:
        workers.prepare(BAD + png(part(60)), [SPEC], "images/0/1")
        imported = found.read_text()
        for image, spec in product(images, specs):
            with suppress(ImageRejected):
                workers.prepare(image, [spec], "images/0/2")
        workers.prepare(BAD + png(part(60)), [SPEC], "images/0/3")
    assert found.read_text() == imported
    assert not {"pydantic", "structlog", "kafka", "ai_edge_litert", "service.settings"} & set(imported.split())


def test_workers_share_the_memory_of_their_template() -> None:
    workers = DecodeWorkers(2, ImageLimits(), 10.0)
    first, second = (psutil.Process(worker.pid()) for worker in workers._all)
    template = first.parent()
    assert template is not None
    assert template == second.parent()
    assert template.parent() == psutil.Process(os.getpid())
    assert template.num_threads() == 1  # a fork is safe then
    own = max(each.memory_full_info().uss for each in (first, second))
    workers.close()
    assert own < 16 << 20  # of their own; the interpreter and its libraries take 40 MB and more


def test_a_worker_that_ends_of_itself_is_no_copy_of_the_template(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with workers_that("raise SystemExit(7)", tmp_path) as workers, pytest.raises(Exception, match="exit 1"):
        workers.prepare(BAD, [SPEC], "images/0/1")
    assert capfd.readouterr().err == ""
