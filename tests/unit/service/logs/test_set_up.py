"""The log of a whole process: every line is an event, whoever wrote it."""

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest


def run(body: str, style: str = "json", level: str = "info", secrets: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    """Run a body within `logging_everything`, in a process of its own; gives status and lines of stderr."""
    script = f"""
import ctypes, faulthandler, logging, os, sys, threading, warnings
import structlog
from service.logs.set_up import logging_everything
log = structlog.get_logger("test")
with logging_everything({style!r}, {level!r}, {secrets!r}):
{textwrap.indent(textwrap.dedent(body), "    ")}
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    return ended.returncode, ended.stderr.splitlines()


def events(body: str, **options: Any) -> list[dict[str, Any]]:
    status, lines = run(body, **options)
    assert status == 0, lines
    return [json.loads(line) for line in lines]


def test_every_line_is_an_event_whoever_wrote_it() -> None:
    found = events("""
        log.info("ours", folder="a", none=float("nan"), infinite=-float("inf"), odd=object, text="two\\nlines \\udcff")
        logging.getLogger("kafka").error("theirs %s", 1)
        logging.getLogger("other").error("%d and %d", "wrong call")
        os.write(2, b"[ WARN:0@0.1] native\\n")
        os.write(2, b"libpng error: \\xff\\x00 bytes\\n")
        ctypes.CDLL(None).perror(b"from C")
        print("printed", file=sys.stderr)
        sys.stderr.write("without an end")
        warnings.warn("beware")
        thread = threading.Thread(target=lambda: 1 / 0, name="worker")
        thread.start()
        thread.join()
        class Unraisable:
            def __del__(self): raise ValueError("in a finaliser")
        Unraisable()
    """)
    said = [event["event"] for event in found]
    for expected in (
        *("ours", "theirs 1", "[ WARN:0@0.1] native", "printed", "without an end", "an error that nothing caught"),
        *("libpng error: \\xff\x00 bytes", "an error where none can be raised"),
    ):
        assert expected in said
    assert any("wrong call" in each or "%d and %d" in each for each in said)
    assert any(each.startswith("from C: ") for each in said)
    assert any("UserWarning: beware" in each for each in said)
    assert (found[0]["none"], found[0]["infinite"]) == ("nan", "-inf")
    (thread,) = (event for event in found if event.get("thread") == "worker")
    assert thread["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert all({"event", "level", "logger", "timestamp"} <= set(event) for event in found)


def test_an_uncaught_error_is_an_event_without_the_variables_of_its_frames() -> None:
    (event,) = events("""
        def connect(password): raise RuntimeError("no")
        try: connect("hunter22")
        except RuntimeError: sys.excepthook(*sys.exc_info())
    """)
    assert event["level"] == "critical"
    assert "hunter22" not in json.dumps({**event, "exception": [{**each, "frames": [
        {key: value for key, value in frame.items() if key != "line"} for frame in each["frames"]
    ]} for each in event["exception"]]})  # fmt: skip
    assert "locals" not in json.dumps(event)


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_secret_is_logged(style: str) -> None:
    secret = "pä'ss\"w/rd"
    status, lines = run(
        f"""
        secret = {secret!r}
        log.info("password " + secret, given=secret, nested={{"a": [secret, (secret,)]}}, raw=secret.encode())
        logging.getLogger("kafka").error("configuration: %s", {{"sasl_plain_password": "x", "user": secret}})
        os.write(2, secret.encode() + b"\\n")
        try: raise ValueError(secret)
        except ValueError: log.exception("failed")
        """,
        style=style,
        secrets=(secret,),
    )
    printed = "\n".join(lines)
    assert (status, printed.count("[secret]") >= 7) == (0, True), printed
    for part in ("ss\\", "w/rd", "'x'"):
        assert part not in printed.replace("password", "")


def test_more_lines_than_anyone_reads_are_counted_and_block_nothing() -> None:
    found = events("""
        import ctypes
        libc = ctypes.PyDLL(None)  # keeps Python's lock: the reader cannot run meanwhile
        for _ in range(200_000): libc.write(2, b"libpng warning: again and again\\n", 32)
    """)
    assert 1 <= len(found) <= 110


def test_a_crash_leaves_its_traceback() -> None:
    status, lines = run("""
        os.write(2, b"last words\\n")
        faulthandler._sigsegv()
    """)
    assert status == -11
    assert "Fatal Python error: Segmentation fault" in lines
    assert any("most recent call first" in line for line in lines)


def test_the_end_waits_for_no_child_that_keeps_standard_error() -> None:
    found = events("""
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
        log.info("at the end")
    """)
    assert [event["event"] for event in found] == ["at the end"]


def test_the_level_is_kept() -> None:
    found = events("""
        log.info("too little")
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\n")
        os.write(2, b"ERROR: failed\\n")
    """, level="error")  # fmt: skip
    assert [event["event"] for event in found] == ["ERROR: failed"]
