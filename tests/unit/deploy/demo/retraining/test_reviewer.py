from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import make_server

import pytest

from deploy.demo.retraining.reviewer import Reviewer
from deploy.devtools.errors import DemoError
from tests.support.reviewing import Page, audit, verdict


@contextmanager
def served(page: Page) -> Iterator[str]:
    """The page on a port of its own; the server ends before the test does."""
    with make_server("127.0.0.1", 0, page.app) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_every_part_in_the_queue_gets_the_answer_that_is_true(tmp_path: Path) -> None:
    page = Page(tmp_path, [verdict(1), verdict(2, "review"), audit(3)])
    labels = {"part-1": "scratch", "part-2": "good", "part-3": "good"}
    with served(page) as url:
        given = Reviewer(url, "default").answer_all(set(labels), labels)
    assert given == {"defect": 1, "normal": 2}
    given_by_part = {review.part_id: (review.label, review.kind) for review in page.producer.written}
    assert given_by_part == {"part-1": ("defect", "scratch"), "part-2": ("normal", None), "part-3": ("normal", None)}


def test_an_answer_that_is_refused_is_one_sentence(tmp_path: Path) -> None:
    page = Page(tmp_path, [verdict(1)])
    page.producer.away = True
    with served(page) as url, pytest.raises(DemoError, match=r"refused .* with status 503"):
        Reviewer(url, "default").answer_all({"part-1"}, {"part-1": "good"})


def test_another_site_is_no_review_page(tmp_path: Path) -> None:
    page = Page(tmp_path, [])
    with served(page) as url, pytest.raises(DemoError, match="no review page"):
        Reviewer(f"{url}/live?", "default")
