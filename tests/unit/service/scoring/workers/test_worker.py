"""What bounds a worker: its parent's life and its memory."""

import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import psutil
import pytest

from service.scoring.formats.png import SIGNATURE
from service.scoring.image import ImageLimits, ImageRejected
from service.scoring.input_spec import InputSpec
from service.scoring.workers.forking import WorkerTemplate
from service.scoring.workers.process import WorkerProcess
from service.scoring.workers.worker import BYTES_PER_PIXEL, ROOM_BYTES
from tests.support.encoded import chunk, encoded, tiff

LIMITS = ImageLimits(max_bytes=1_000_000, max_pixels=4_000_000)
SPEC = InputSpec(height=64, width=64, channels=3).model_dump_json().encode()
DEEP = InputSpec(height=64, width=64, channels=3, bit_depth=16).model_dump_json().encode()


def bomb(colour: int, depth: int) -> bytes:
    """A PNG of 2000 x 2000 pixels in a few kilobytes."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    header = b"\0\0\7\xd0" * 2 + bytes([depth, colour, 0, 0, 0])
    rows = zlib.compress((b"\0" + bytes(2000 * channels * depth // 8)) * 2000)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND")


def bombs() -> list[tuple[bytes, bytes]]:
    """Images of as many pixels as the limits allow, each with the input it is prepared for."""
    wide = np.zeros((2000, 2000, 3), np.uint16)
    narrow, inks = wide.astype(np.uint8), np.zeros((2000, 2000, 4), np.uint8)
    deep = [bomb(6, 16), bomb(2, 16), tiff(wide, compression="zlib")]
    others = [bomb(0, 8), bomb(6, 8), encoded(".jpg", narrow), tiff(inks, photometric="separated", compression="zlib")]
    return [(image, DEEP) for image in deep] + [(image, SPEC) for image in others]


def test_bombs_within_the_limits_keep_the_stated_bound() -> None:
    each = [_most_taken([image]) for image in bombs()]
    assert max(each) < BYTES_PER_PIXEL * LIMITS.max_pixels + 4 * LIMITS.max_bytes  # and nothing of the room beside
    assert _most_taken(bombs()) < BYTES_PER_PIXEL * LIMITS.max_pixels + 4 * LIMITS.max_bytes + ROOM_BYTES


def _most_taken(images: list[tuple[bytes, bytes]]) -> int:
    """By a new worker that prepares them one after another, in bytes; pages of files, as of libraries, are no such."""
    template = WorkerTemplate(LIMITS, 60.0)
    worker = WorkerProcess(template, 60.0)
    worker.ask(b"", [SPEC])
    process = psutil.Process(worker.pid())
    before = process.memory_info()
    answers = [worker.ask(image, [spec]) for image, spec in images]
    peak, of_files = _peak(worker.pid()), process.memory_info().shared - before.shared
    worker.close()
    template.close()
    assert [answer for answer in answers if isinstance(answer, ImageRejected)] == []
    return peak - before.rss - of_files


def test_a_lower_limit_of_whoever_started_the_service_holds() -> None:
    worker = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n"
        "from service.scoring.image import ImageLimits\n"
        "from service.scoring.workers.forking import WorkerTemplate\n"
        "from service.scoring.workers.process import WorkerProcess\n"
        "worker = WorkerProcess(WorkerTemplate(ImageLimits(max_pixels=1 << 30), 10.0), 10.0)\n"
        f"print(worker.ask(b'', [{SPEC!r}]).reason); worker.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", worker], capture_output=True, text=True, check=True)
    assert done.stdout == "empty\n"


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_dies_with_the_process_that_started_it_even_in_mid_image(killed: int, tmp_path: Path) -> None:
    busy = tmp_path / "busy.py"
    busy.write_text(
        "import time\nfrom service.scoring.workers import template\ntemplate.main(lambda *_: time.sleep(1e6))\n"
    )
    parent = (
        "from service.scoring.image import ImageLimits\n"
        "from service.scoring.workers.forking import WorkerTemplate\n"
        "from service.scoring.workers.process import WorkerProcess\n"
        f"worker = WorkerProcess(WorkerTemplate(ImageLimits(), 1e5, [{str(busy)!r}]), 1e5)\n"
        "print(worker.pid(), flush=True); worker.ask(b'', [])\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout
        worker = psutil.Process(int(process.stdout.readline()))
        process.send_signal(killed)
    worker.wait(timeout=60)
    assert not worker.is_running()


def test_signals_to_the_group_are_left_to_the_service() -> None:
    template = WorkerTemplate(LIMITS, 10.0)
    worker = WorkerProcess(template, 10.0)
    assert isinstance(worker.ask(b"", [SPEC]), ImageRejected)
    for ignored in (signal.SIGTERM, signal.SIGINT):
        os.kill(worker.pid(), ignored)
    assert isinstance(worker.ask(b"", [SPEC]), ImageRejected)
    worker.close()
    template.close()
