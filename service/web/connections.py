"""Connections of slow and hostile clients: each has its time, and the one that waits longest leaves first."""

import json
from collections.abc import Iterable
from time import monotonic
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from service.web.headers import HEADERS

REQUEST_SECONDS = 15.0
"""For a whole request, headers and body, from its first byte."""

ANSWER_SECONDS = 90.0
"""For the client to take a whole answer: 16 MB at 1.5 Mbit/s."""

IDLE_SECONDS = 75.0
"""Between two requests: more than the minute that is between two of Prometheus's."""

MOST_BUFFERED_BYTES = 64 * 1024 * 1024
"""Of answers that clients have not taken yet, all together; a single one may be larger."""


class Refusal(ErrorTask):  # type: ignore[misc] # untyped library
    """The answer to what is no request for the application: one sentence in JSON."""

    def execute(self) -> None:
        error = self.request.error
        body = json.dumps(
            {"error": f"expected an HTTP request within the limits, found {error.reason}: {error.body}"}
        ).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend([*HEADERS.items(), ("Content-Type", "application/json")])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc] # untyped library
    """One client. Any single byte counts as activity in waitress; here only what is whole extends its time."""

    error_task_class = Refusal

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._since = monotonic()
        self._closes_soon = False
        super().__init__(*arguments, **options)

    def received(self, data: bytes) -> bool:
        """In the server's thread: bytes of a request. Of several sent at once only the first is answered."""
        if self.request is None:
            self._since = monotonic()
        taken = bool(super().received(data))
        with self.requests_lock:
            self._closes_soon |= len(self.requests) > 1
            del self.requests[1:]
        return taken

    def service(self) -> None:
        """In a thread of the application: answer a request."""
        super().service()
        if self._closes_soon:  # browsers and Prometheus wait for an answer before they send the next request
            self.close_when_flushed = True
            self.server.pull_trigger()

    def write_soon(self, data: Any) -> int:
        """In a thread of the application: a part of an answer, mostly all of it."""
        self._since = monotonic()
        return int(super().write_soon(data))

    @property
    def since(self) -> float:
        """When the client was last waited for anew."""
        return self._since

    @property
    def is_served(self) -> bool:
        """Whether it is the application that takes its time."""
        return bool(self.requests) and not self.total_outbufs_len

    def is_late(self, now: float) -> bool:
        """Whether the client has had its time."""
        if self.is_served:
            return False
        if self.total_outbufs_len:
            seconds = ANSWER_SECONDS
        else:
            seconds = IDLE_SECONDS if self.request is None else REQUEST_SECONDS
        return now - self._since > seconds


def close_slow(connections: Iterable[Connection], most: int) -> None:
    """Close those that are late, then those that wait longest until `most` are left; in the server's thread only.

    So a new client always finds room: a whole request needs a moment, what is kept waiting is what leaves.
    """
    now = monotonic()
    left = []
    for each in sorted(connections, key=lambda connection: connection.since):
        if each.is_late(now):
            each.handle_close()
        else:
            left.append(each)
    waiting = [each for each in left if not each.is_served]
    served = [each for each in left if each.is_served]
    for each in [*waiting, *reversed(served)][: max(0, len(left) - most)]:  # where all are served, the newest
        each.handle_close()
    reading = [each for each in waiting if each.connected and each.total_outbufs_len]
    while len(reading) > 1 and sum(each.total_outbufs_len for each in reading) > MOST_BUFFERED_BYTES:
        reading.pop(0).handle_close()
