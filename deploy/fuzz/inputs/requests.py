"""Hostile HTTP requests: odd methods, paths, headers, lengths and bodies, to the pages' own server."""

import socket
from contextlib import ExitStack

from deploy.fuzz.dice import Dice
from deploy.fuzz.hostile import Hostile, Outcome
from deploy.fuzz.images import any_bytes
from service.web.probes import make_probes
from service.web.server import serving

METHODS = (
    b"GET",
    b"GET",
    b"POST",
    b"HEAD",
    b"OPTIONS",
    b"PUT",
    b"DELETE",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"",
    b"G\xffT",
)
PATHS = (
    b"/",
    b"/live",
    b"/ready",
    b"/metrics",
    b"/api/queue",
    b"/api/queue?stream=%00&bundle=%ff",
    b"/api/find",
    b"/enter",
    b"/api/parts/images/0/1/review",
    b"/api/parts/images/0/1/image",
    b"/api/parts/%2e%2e/0/1/map",
    b"/static/../../etc/passwd",
    b"/anomalies/1/image.png",
    b"*",
    b"",
    b"//evil.example/",
    b"http://evil.example/live",
    b"/" + b"a" * 5000,
    b"/%",
    b"/\xff",
    b"/live?" + b"x=1&" * 500,
    b"/static/%00",
)
VERSIONS = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"HTTP", b"")
HEADERS = (
    b"Host: localhost",
    b"Host: evil.example",
    b"Host: ",
    b"Host: a\r\nHost: b",
    b"Host: [::1",
    b"Content-Length: 0",
    b"Content-Length: 5",
    b"Content-Length: -1",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: abc",
    b"Content-Length: 1\r\nContent-Length: 2",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip",
    b"Expect: 100-continue",
    b"Accept: \xff",
    b"Accept: application/openmetrics-text;q=nan",
    b"Cookie: linewatch_review=" + b"x" * 3000,
    b"X: " + b"y" * 20_000,
    b"Origin: http://evil.example",
    b"Content-Type: application/json",
    b"Content-Type: multipart/form-data",
    b": nothing",
    b"No colon",
    b" folded",
    b"Authorization: Bearer \x00",
    b"Connection: close",
    b"Upgrade: h2c",
    b"Range: bytes=0-1,2-3",
    b'If-None-Match: "',
    b"X-Forwarded-For: 1.2.3.4",
    b"Accept-Encoding: gzip;q=x",
)
BODIES = (
    b"",
    b"",
    b"{}",
    b"[" * 2000,
    b"\xff" * 100,
    b"5\r\nhello\r\n0\r\n\r\n",
    b"-1\r\n",
    b"ffffffffffffffff\r\nx",
    b"x" * 70_000,
)
PATIENCE_SECONDS = 5.0


class Requests:
    """Requests to the probes and metrics, over a real connection."""

    def __init__(self, port: int | None = None) -> None:
        """Ask this port of this machine; by default a server of its own is started."""
        self._port = port
        self._running = ExitStack()

    def make(self, dice: Dice) -> Hostile:
        """One request, whole or not."""
        head = b" ".join((dice.pick(METHODS), dice.pick(PATHS), dice.pick(VERSIONS)))
        headers = [dice.pick(HEADERS) for _ in range(dice.between(0, 5))]
        if dice.chance(0.6):
            headers.insert(0, HEADERS[0])
        data = b"\r\n".join([head, *headers, b"", dice.pick(BODIES)])
        return Hostile("request", any_bytes.edit(data, data, dice) if dice.chance(0.3) else data)

    def judge(self, hostile: Hostile) -> Outcome:
        """It is answered, though not by 500, or refused; and the next one is answered as ever."""
        if self._port is None:
            probes = make_probes("127.0.0.1", "", hangs=str, waits_for=str)
            self._port = self._running.enter_context(serving(probes, "127.0.0.1", 0))
        status = _status(self._port, hostile.data)
        following = _status(self._port, b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        fault = "answered by 500" if status == "500" else "" if following == "200" else f"then /live is {following}"
        return Outcome(f"status {status[:1]}xx" if status.isdigit() else status, fault=fault)


def _status(port: int, data: bytes) -> str:
    """The status of the answer to these bytes, or what comes in its place."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(64)
        except TimeoutError:
            return "no answer"
        except OSError:  # the server has closed it while we still sent
            return "closed"
    parts = answer.split(b" ", 2)
    return parts[1].decode("latin-1") if answer.startswith(b"HTTP/") and len(parts) > 1 else "closed"
