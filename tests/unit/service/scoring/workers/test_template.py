"""What a fork leaves behind: nothing of the template but its memory."""

import os
from pathlib import Path

import psutil
import pytest

from service.scoring.image import ImageLimits
from service.scoring.manifest import InputSpec
from service.scoring.workers.pool import DecodeWorkers
from tests.support.bundles import part, png
from tests.support.workers import BAD, workers_that

SPEC = InputSpec(height=32, width=32, channels=3)


def test_a_worker_has_its_socket_and_its_pipe_and_nothing_else(tmp_path: Path) -> None:
    found = tmp_path / "found"
    listing = f"pathlib.Path({str(found)!r}).write_text(' '.join(os.readlink(f'/proc/self/fd/{{each}}').split(':')[0] "
    listing += "for each in sorted(os.listdir('/proc/self/fd'), key=int)[:-1]))"
    with workers_that(listing, tmp_path) as workers:
        workers.prepare(BAD + png(part(60)), [SPEC], "images/0/1")
    assert found.read_text().split() == ["/dev/null", "pipe", "pipe", "socket"]


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
