"""A receiver of verdicts from `linewatch follow --webhook` that verifies signatures and drops doubles.

    LINEWATCH_WEBHOOK_SECRET=whsec_... python webhook_receiver.py 8080

Needs nothing but Python; libraries of https://www.standardwebhooks.com verify in the same way. It listens on this
machine alone: put a proxy with TLS before it, and what you do with a verdict into `take`.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

TOLERANCE_SECONDS = 300
"""Older requests may be repetitions by somebody who listened."""

LARGEST_BODY = 64 * 1024
REMEMBERED = 100_000
"""Ids of verdicts that were taken; a receiver with a database has them there."""


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether a request was signed with the secret, within the last five minutes; `headers` with small names."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        webhook_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split()
        is_fresh = abs(now - int(timestamp)) <= TOLERANCE_SECONDS
    except (KeyError, ValueError):
        return False
    digest = hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest).decode()}"
    return is_fresh and any(hmac.compare_digest(expected.encode(), each.encode()) for each in given)


def take(verdict: Mapping[str, Any]) -> None:
    """What is to be done with a verdict; an error here answers 500, and the verdict is sent again."""
    print(verdict["captured_at"], verdict["part_id"], verdict["decision"], flush=True)


class Handler(BaseHTTPRequestHandler):
    """One request at a time: verdicts of a partition come one after the other, anyway."""

    secret = ""
    taken: ClassVar[OrderedDict[str, None]] = OrderedDict()

    def do_POST(self) -> None:
        """Answer 204 once the verdict is taken, 401 if it is not genuine."""
        length = int(self.headers.get("content-length") or 0)
        if not 0 < length <= LARGEST_BODY:
            self.close_connection = True
            self._answer(413)
            return
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_genuine(self.secret, headers, body, time.time()):
            self._answer(401)
            return
        if headers["webhook-id"] not in self.taken:
            try:
                take(json.loads(body))
            except Exception as error:  # noqa: BLE001 - whatever it is, the sender tries again
                self.log_error("not taken: %r", error)
                self._answer(500)
                return
            self.taken[headers["webhook-id"]] = None
            if len(self.taken) > REMEMBERED:
                self.taken.popitem(last=False)
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Listen on the port that is given."""
    Handler.secret = os.environ["LINEWATCH_WEBHOOK_SECRET"]
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
