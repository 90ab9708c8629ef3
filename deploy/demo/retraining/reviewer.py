"""A reviewer who knows the label of each part, and answers on the review page as a browser would."""

import json
import re
import urllib.request
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from http.cookiejar import CookieJar
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from deploy.demo.images import GOOD
from deploy.devtools.errors import DemoError

PATIENCE_SECONDS = 60.0
NAME = "demo"

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


class Reviewer:
    """One visit to the review page at `url`, with its cookie and its token against cross-site requests."""

    def __init__(self, url: str, stream: str) -> None:
        self._url, self._stream = url, stream
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        found = _TOKEN.search(self._open(urllib.request.Request(f"{url}/")).decode())  # noqa: S310 - our own address
        if found is None:
            raise DemoError(f"Expected the page's own token on {url}/, found none: it is no review page.")
        self._token = found[1]

    def answer_all(self, asked: AbstractSet[str], labels: Mapping[str, str]) -> Counter[str]:
        """Answer until every part in `asked` is done; how many answers of each label were given.

        Args:
            asked: part ids that must appear in the queue.
            labels: part id to the name of its folder: `good`, or the kind of defect.

        Raises:
            DemoError: if the page refused an answer, or showed no part for PATIENCE_SECONDS while some were missing.
        """
        given: Counter[str] = Counter()
        open_ = set(asked)
        deadline = monotonic() + PATIENCE_SECONDS
        while open_:
            queue = self._queue()
            for part in queue:
                label = labels[part["part_id"]]
                self._answer(part["source"], label)
                given["normal" if label == GOOD else "defect"] += 1
                open_.discard(part["part_id"])
                deadline = monotonic() + PATIENCE_SECONDS
            if monotonic() > deadline:
                raise DemoError(
                    f"Expected {len(open_)} more parts in the review queue, found none: {sorted(open_)[:5]}"
                )
            if not queue and open_:
                sleep(0.1)
        return given

    def _queue(self) -> list[dict[str, Any]]:
        query = urlencode({"stream": self._stream, "state": "open"})
        answer = self._open(urllib.request.Request(f"{self._url}/api/queue?{query}"))  # noqa: S310 - our own address
        parts: list[dict[str, Any]] = json.loads(answer)["parts"]
        return parts

    def _answer(self, source: str, label: str) -> None:
        answer = {"label": "normal"} if label == GOOD else {"label": "defect", "kind": label}
        request = urllib.request.Request(  # noqa: S310 - our own http address
            f"{self._url}/api/parts/{source}/review",
            data=json.dumps(answer | {"reviewer": NAME}).encode(),
            headers={"Content-Type": "application/json", "X-CSRFToken": self._token},
        )
        self._open(request)

    def _open(self, request: urllib.request.Request) -> bytes:
        try:
            with self._browser.open(request, timeout=30) as answer:
                content: bytes = answer.read()
        except HTTPError as error:
            text = error.read().decode(errors="replace")
            raise DemoError(f"The review page refused {request.full_url} with status {error.code}: {text}") from error
        except URLError as error:
            raise DemoError(f"Expected the review page at {self._url}, found none: {error.reason}") from error
        return content
