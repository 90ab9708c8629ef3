"""Images that hang, crash or fill the decoder, and those that come after them."""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from service.scoring.image import ImageLimits, ImageRejected, Reason
from service.scoring.input_spec import InputSpec
from service.scoring.preprocessing import preprocess
from service.scoring.workers.forking import WorkersFailedError, WorkerTemplate
from service.scoring.workers.pool import DecodeWorkers
from tests.support.bundles import part, png
from tests.support.workers import BAD, workers_that

SPEC = InputSpec(height=32, width=32, channels=3)
GOOD = png(part(60))


@pytest.fixture(scope="module")
def workers() -> Iterator[DecodeWorkers]:
    pool = DecodeWorkers(1, ImageLimits(), 10.0)
    yield pool
    pool.close()


def rejection(workers: DecodeWorkers, data: bytes = BAD) -> ImageRejected:
    with pytest.raises(ImageRejected) as rejected:
        workers.prepare(data, [SPEC], "images/0/1")
    return rejected.value


def goes_on(workers: DecodeWorkers) -> bool:
    return np.array_equal(workers.prepare(GOOD, [SPEC], "images/0/2").pixels, part(60))


def test_a_worker_prepares_what_this_process_would(workers: DecodeWorkers) -> None:
    prepared = workers.prepare(GOOD, [SPEC, SPEC.model_copy(update={"channels": 1})], "images/0/1")
    assert np.array_equal(prepared.pixels, part(60))
    assert np.array_equal(np.asarray(prepared.others[0]), preprocess(part(60), SPEC.model_copy(update={"channels": 1})))


def test_without_shared_memory_images_and_pixels_go_through_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.memfd_create")
    without = DecodeWorkers(1, ImageLimits(), 10.0)
    assert goes_on(without)
    without.close()


@pytest.mark.parametrize(("data", "reason"), [(b"", Reason.EMPTY), (b"hello", Reason.UNSUPPORTED_FORMAT)])
def test_a_rejection_crosses_the_process(workers: DecodeWorkers, data: bytes, reason: Reason) -> None:
    assert rejection(workers, data).reason == reason
    assert goes_on(workers)


@pytest.mark.parametrize("do", ["while True: pass", "np.sort(np.random.default_rng(0).random(1 << 24))"])
def test_an_image_that_takes_too_long_is_undecodable_even_in_native_code(do: str, tmp_path: Path) -> None:
    with workers_that(do, tmp_path, seconds=0.1, limits=ImageLimits()) as workers:
        found = rejection(workers)
        assert found.reason == Reason.UNDECODABLE
        assert "takes too long: more than 0.1 s" in str(found)
        assert goes_on(workers)


def test_an_image_that_waits_for_ever_is_undecodable(tmp_path: Path) -> None:
    with workers_that("time.sleep(1e6)", tmp_path, seconds=0.05) as workers:
        assert "ends the decoder: no answer" in str(rejection(workers))


@pytest.mark.parametrize("do", ["ctypes.string_at(0)", "os._exit(3)"])
def test_a_crash_is_an_answer(do: str, tmp_path: Path) -> None:
    with workers_that(do, tmp_path) as workers:
        found = rejection(workers)
        assert found.reason == Reason.UNDECODABLE
        assert "ends the decoder" in str(found)
        assert goes_on(workers)


def test_an_image_whose_worker_was_killed_by_something_else_is_tried_again(tmp_path: Path) -> None:
    flag = f"flag = pathlib.Path({str(tmp_path / 'once')!r})"
    with workers_that(f"{flag}\nif not flag.exists(): flag.touch(); os.kill(os.getpid(), 9)", tmp_path) as workers:
        assert workers.prepare(BAD + GOOD, [SPEC], "images/0/1").size == (32, 32)


def test_an_image_that_needs_too_much_memory_is_too_large(tmp_path: Path) -> None:
    with workers_that("np.ones(1 << 30, np.uint8)", tmp_path) as workers:
        found = rejection(workers)
        assert found.reason == Reason.TOO_LARGE
        assert "MB" in str(found)
        assert goes_on(workers)


def test_what_libraries_print_is_logged_with_the_image_and_bounded(tmp_path: Path) -> None:
    printing = (
        "for _ in range(10_000):\n    try: os.write(2, b'libpng error: bad\\n')\n    except BlockingIOError: break"
    )
    with workers_that(printing, tmp_path) as workers, capture_logs() as logged:
        assert workers.prepare(BAD + GOOD, [SPEC], "images/0/1").size == (32, 32)
        assert goes_on(workers)
    (line,) = logged
    assert (line["event"], line["source"]) == ("decoder printed", "images/0/1")
    assert line["text"].startswith("libpng error: bad")
    assert len(line["text"]) <= 2000


def test_a_worker_ends_with_its_socket_and_knows_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEWATCH_SASL_PASSWORD", "secret")
    program = "raise ValueError(' '.join(sorted(os.environ)))"
    with workers_that(program, tmp_path) as workers:
        assert "LINEWATCH" not in str(rejection(workers))


def test_workers_that_do_not_start_are_no_images_fault(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("raise SystemExit('no room')")
    program = [str(tmp_path / "worker.py")]
    workers = DecodeWorkers(1, ImageLimits(), 1.0, WorkerTemplate(ImageLimits(), 1.0, program))
    with pytest.raises(WorkersFailedError, match="expected a decoding process to start, found: no room"):
        workers.prepare(GOOD, [SPEC], "images/0/1")
    workers.close()


@pytest.mark.skipif(sys.platform != "linux", reason="page faults are counted in /proc")
def test_a_worker_keeps_the_memory_that_an_image_took_for_the_next_one(workers: DecodeWorkers) -> None:
    side, images = 1000, 8
    image = png(part(60, side=side))

    def faults_after_an_image() -> int:
        workers.prepare(image, [SPEC], "images/0/1")
        return sum(page_faults(worker.pid()) for worker in workers._all)

    faults_after_an_image()
    before = faults_after_an_image()
    after = [faults_after_an_image() for _ in range(images)][-1]
    assert after - before < images * 3 * side * side / resource.getpagesize() / 10


def page_faults(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[7])
