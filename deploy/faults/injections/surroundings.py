"""Faults of what stands around the service: the store of bundles, the disk of its log, and who scrapes it."""

import shutil
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

from deploy.devtools.ports import is_free
from deploy.devtools.tiny_bundle import crown, write_bundle
from deploy.devtools.waiting import wait_until
from deploy.faults.line import Line
from deploy.faults.schedule import Fault
from service.scoring.bundle import CHAMPION, GRAPH

STREAM = "default"
FULL = Path("/dev/full")
HANGING_CONNECTIONS = 60
READY_SECONDS = 60.0


def store_vanishes(line: Line, fault: Fault) -> int:
    """The store's folder is gone, a replica is killed meanwhile, and the store comes back."""
    away = line.store.with_suffix(".away")
    line.store.rename(away)
    line.fleet[fault.replica].send(signal.SIGKILL)
    time.sleep(2 * fault.seconds)
    away.rename(line.store)
    return 1


def store_is_read_only(line: Line, fault: Fault) -> int:
    """Nobody may write to the store, and a replica starts anew on it."""
    _allow_writing(line.store, allowed=False)
    line.fleet[fault.replica].send(signal.SIGKILL)
    time.sleep(fault.seconds)
    _allow_writing(line.store, allowed=True)
    return 1


def store_is_full(line: Line, fault: Fault) -> int:
    """What a full disk leaves: a champion with half a graph, then an empty pointer; at the end a whole new champion."""
    half = write_bundle(line.store, gain=1.0 + fault.seconds / 1000.0, champion=False)
    graph = (half / GRAPH).read_bytes()
    (half / GRAPH).write_bytes(graph[: len(graph) // 2])
    crown(half)
    time.sleep(fault.seconds)
    (line.store / STREAM / CHAMPION).write_text("")
    time.sleep(fault.seconds)
    shutil.rmtree(half)
    write_bundle(line.store, gain=1.0 + fault.seconds / 2000.0)
    return 0


def log_disk_is_full(line: Line, fault: Fault) -> int:
    """A replica starts with its log on a full disk, and works like that for a while."""
    replica = line.fleet[fault.replica]
    replica.output = FULL
    replica.send(signal.SIGKILL)
    time.sleep(4 + fault.seconds)
    replica.output = replica.log
    replica.send(signal.SIGKILL)
    return 2


def scraper_hangs(line: Line, fault: Fault) -> int:
    """Many ask for /metrics and never read the answer, or never finish asking."""
    replica = line.fleet[fault.replica]
    wait_until(lambda: not is_free(replica.port), "the pages to be served", seconds=READY_SECONDS, pause=0.1)
    with ExitStack() as stack:
        for number in range(HANGING_CONNECTIONS):
            hanging = stack.enter_context(socket.create_connection(("127.0.0.1", replica.port), timeout=10))
            hanging.sendall(b"GET /metrics HTTP/1.1\r\n" + (b"Host: localhost\r\n\r\n" if number % 2 else b""))
        time.sleep(2 * fault.seconds)
    return 0


def _allow_writing(folder: Path, *, allowed: bool) -> None:
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | 0o200 if allowed else mode & ~0o222)
