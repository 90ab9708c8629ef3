import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from tests.support.regions import session_of
from training.errors import TrainingError
from training.region.serve import HOST, open_browser, serve


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_page_is_served_on_loopback_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    seen = []

    def look(url: str) -> None:
        with urllib.request.urlopen(url) as answer:
            seen.append((url.startswith("http://127.0.0.1:"), answer.status))
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    serve(session_of(tmp_path, images=2), 0, look, print)
    assert seen == [(True, 200)]
    assert signal.getsignal(number) is before


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other, pytest.raises(TrainingError, match="set --port to a free port"):
        serve(session_of(tmp_path, images=2), other.getsockname()[1], print, print)


def test_no_browser_is_started_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    open_browser("http://127.0.0.1:1/")
    monkeypatch.setenv("DISPLAY", ":0")
    open_browser("http://127.0.0.1:2/")
    assert opened == ["http://127.0.0.1:2/"]
