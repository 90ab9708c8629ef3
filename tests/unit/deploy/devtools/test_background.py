"""Background work begins with its context, and has ended with it."""

from deploy.devtools.background import Background


class Work(Background):
    """Notes when it begins and when it has been told to end."""

    def __init__(self) -> None:
        super().__init__("work")
        self.notes: list[str] = []

    def _run(self) -> None:
        self.notes.append("began")
        self._ended.wait()
        self.notes.append("ended")


def test_it_ends_with_its_context() -> None:
    with Work() as work:
        assert "ended" not in work.notes
    assert work.notes == ["began", "ended"]


def test_it_may_be_stopped_before_that_and_twice() -> None:
    with Work() as work:
        work.stop()
        assert work.notes == ["began", "ended"]
        work.stop()
