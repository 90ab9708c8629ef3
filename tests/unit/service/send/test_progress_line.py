"""The progress on a terminal."""

import io

from service.send.progress_line import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_with_the_time_left() -> None:
    now, terminal = [0.0], Terminal()
    line = ProgressLine(terminal, lambda: now[0])
    now[0] = 10.0
    line.show(sent=100, waiting=200, rejected=2, away="")
    assert terminal.getvalue() == (
        "\x1b[2K[##########--------------------] 100/300 sent, 10.0/s, 0:20 left, 2 not images\r"
    )
    line.show(sent=101, waiting=199, rejected=2, away="")  # too soon
    now[0] = 11.0
    line.show(sent=0, waiting=0, rejected=0, away="no broker")
    assert terminal.getvalue().endswith(f"[{'#' * 30}] 0/0 sent, 0.0/s, waiting for the brokers\r")
    assert "101" not in terminal.getvalue()
    line.clear()
    assert terminal.getvalue().endswith("\x1b[2K")


def test_a_file_shows_nothing() -> None:
    out = io.StringIO()
    line = ProgressLine(out)
    line.show(sent=1, waiting=1, rejected=0, away="")
    line.clear()
    assert out.getvalue() == ""
