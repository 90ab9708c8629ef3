import io

from rich.console import Console

from training.progress import Progress


def shown(*, terminal: bool) -> str:
    stream = io.StringIO()
    progress = Progress(Console(file=stream, force_terminal=terminal, width=100))
    assert list(progress.track(iter("abc"), "checking images", 3)) == ["a", "b", "c"]
    with progress.steps("fitting", 2) as step:
        step("loss 0.5")
        step("loss 0.25")
    return stream.getvalue()


def test_where_there_is_no_terminal_plain_lines_tell_of_each_noted_step() -> None:
    assert shown(terminal=False).splitlines() == [
        "checking images 3/3",
        "fitting 1/2 loss 0.5",
        "fitting 2/2 loss 0.25",
    ]


def test_a_terminal_sees_a_bar_that_ends_full() -> None:
    assert "3/3" in shown(terminal=True)
    assert "loss 0.25" in shown(terminal=True)
