"""The life of the template, and of the workers that are forked from it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from service.scoring.image import ImageRejected
from service.scoring.workers.forking import WorkersFailedError, WorkerTemplate
from service.scoring.workers.process import WorkerLost, WorkerProcess
from tests.support.workers import LIMITS


@pytest.fixture
def template() -> Iterator[WorkerTemplate]:
    template = WorkerTemplate(LIMITS, 10.0)
    yield template
    template.close()


def answers(worker: WorkerProcess) -> bool:
    return isinstance(worker.ask(b"", []), ImageRejected)


def test_a_worker_is_ended_and_leaves_no_zombie(template: WorkerTemplate) -> None:
    worker = WorkerProcess(template, 10.0)
    process = psutil.Process(worker.pid())
    worker.close()
    assert not process.is_running()


def test_a_template_that_was_killed_takes_its_workers_along_and_is_started_again(template: WorkerTemplate) -> None:
    worker = WorkerProcess(template, 10.0)
    assert answers(worker)
    process = psutil.Process(worker.pid())
    parent = process.parent()
    assert parent is not None
    parent.kill()
    process.wait(timeout=60)
    with pytest.raises(WorkerLost, match="SIGKILL"):
        worker.ask(b"", [])
    worker.close()
    replaced = WorkerProcess(template, 10.0)
    assert answers(replaced)
    replaced.close()


def test_only_workers_are_ended(template: WorkerTemplate) -> None:
    """An id that came from a worker of an earlier template may be another process's by now."""
    worker = WorkerProcess(template, 10.0)
    other = WorkerTemplate(LIMITS, 10.0)
    stranger = WorkerProcess(other, 10.0)
    assert answers(worker)
    assert template.end(stranger.pid()) == -signal.SIGKILL
    assert answers(stranger)
    for each in (worker, stranger, other):
        each.close()


def test_a_program_that_ends_says_why(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("raise SystemExit('no room')")
    template = WorkerTemplate(LIMITS, 10.0, [str(tmp_path / "program.py")])
    worker = WorkerProcess(template, 10.0)
    with pytest.raises(WorkersFailedError, match="found: no room"):
        worker.pid()
    worker.close()
    template.close()
