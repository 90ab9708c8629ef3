"""A real HTTP server in place of what takes verdicts: it notes each request, and answers as a test tells it to."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from deploy.devtools.ports import free_port


@dataclass(frozen=True)
class Posted:
    """A request: its path, its headers with small names, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(frozen=True)
class Reply:
    """What is answered; a status of 0 is a connection that is reset, -1 one that is left open without a word."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


RESET, SILENCE = Reply(0), Reply(-1)

Behave = Callable[[Posted], Reply]


def accept(_: Posted) -> Reply:
    """Take everything."""
    return Reply()


class Receiver:
    """Listens on a port of localhost from the beginning of the context on; `behave` may be replaced at any time."""

    def __init__(self, behave: Behave = accept, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.port = port or free_port()
        self.behave = behave
        self.posted: list[Posted] = []
        """All requests, in the order of their coming."""
        self.taken: list[Posted] = []
        """Those that were answered with success."""
        self.ended = threading.Event()
        self._tls = tls
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://localhost:{self.port}/verdicts?line=7"

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the sender was killed while it wrote: no server takes half a request
                    self.close_connection = True
                    return
                posted = Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                receiver.posted.append(posted)
                receiver.answer(self, posted)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:  # a sender that leaves is no error of the test
                pass

        self._server = Server(("localhost", self.port), Handler)
        self._server.daemon_threads = True
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="receiver", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, posted: Posted) -> None:
        reply = self.behave(posted)
        if reply is SILENCE:
            self.ended.wait()
            return
        if reply is RESET:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return
        if reply.status // 100 == 2:
            self.taken.append(posted)
        handler.send_response(reply.status)
        for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply.body)
