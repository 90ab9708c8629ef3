"""Access control of the review page: the token, CSRF protection, cookies, names."""

import hmac
import secrets
from dataclasses import dataclass

from flask import Flask, abort, redirect, render_template, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from service.review.guesses import Guesses
from service.web.hosts import check_host
from service.web.origins import refuse_other_sites

_MONITORING = frozenset({"live", "ready", "metrics"})
_OPEN = _MONITORING | {"enter", "static"}
"""Endpoints that show nothing of any part."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may open the page: anybody with the token; without one, only who calls it by a name of its own."""

    token: str | None = None
    host: str = "127.0.0.1"
    """The address that the page listens on."""
    allowed_hosts: str = ""
    """See `check_host`."""


def control_access(app: Flask, access: Access) -> None:
    """Admit requests with the token, or any from this machine if there is none; refuse requests of other sites.

    State-changing requests need the page's CSRF token (X-CSRFToken) and, where the browser sends an origin, must come
    from this page. The cookie is never sent along from other sites, nor in the clear where the page came by TLS.
    """
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),  # sessions end with the process
        SESSION_COOKIE_NAME="linewatch_review",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open for a whole shift
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.session_interface = _Sessions()
    # What needs no token answers to its own names alone; the token is not known to other sites.
    check_host(app, access.host, access.allowed_hosts, only=None if access.token is None else _MONITORING)
    app.before_request(refuse_other_sites)
    gate = None if access.token is None else _Gate(access.token)
    if gate is not None:
        app.before_request(gate.admit)
    CSRFProtect(app)  # after the others: what they refuse is not checked further

    @app.route("/enter", methods=["GET", "POST"])
    def enter() -> AnyResponse | tuple[str, int]:
        shown = request.form.get("token", "")
        if gate is None or gate.is_let_in():
            return redirect("/")
        if request.method == "POST" and gate.is_right(shown.encode()):
            session["let_in"] = True
            return redirect("/")
        return render_template("enter.html", wrong=bool(shown)), 401


class _Sessions(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - the interface's
        return request.is_secure


class _Gate:
    """Asks for the token, and limits guesses at it; who is let in by a session is never asked again."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._guesses = Guesses()

    def admit(self) -> AnyResponse | str | None:
        if request.endpoint in _OPEN or self.is_let_in():
            return None
        if request.endpoint == "home":
            if not self.is_right(request.args.get("token", "").encode()):
                return redirect("/enter")
            session["let_in"] = True
            # Not a redirect: after one that began on another site the browser would hold the new cookie back.
            return render_template("entered.html")
        return abort(
            401, "expected the review token, found none or another; open the page and enter it, or send it as Bearer"
        )

    def is_let_in(self) -> bool:
        if session.get("let_in"):
            return True
        bearer = request.authorization
        # Headers are read as Latin-1; these are the bytes that were sent.
        return bearer is not None and bearer.type == "bearer" and self.is_right((bearer.token or "").encode("latin-1"))

    def is_right(self, shown: bytes) -> bool:
        if not shown:
            return False
        address = request.remote_addr or ""
        wait_seconds = self._guesses.wait_seconds(address)
        if wait_seconds:
            raise TooManyRequests(
                f"expected the review token, found too many wrong ones; try again in {wait_seconds} seconds",
                retry_after=wait_seconds,
            )
        right = hmac.compare_digest(shown, self._token)
        self._guesses.note(address, right=right)
        return right
