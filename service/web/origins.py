"""The Origin header: what changes something is taken from a page of ours alone, never from another site's."""

from flask import abort, request


def refuse_other_sites() -> None:
    """Before a request that changes something: refuse it with status 403 if another site has the browser send it."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site != "same-origin" or (origin is not None and origin.partition("://")[2] != request.host):
        abort(403, "expected a request from this page itself, found one from another site; nothing was changed")
