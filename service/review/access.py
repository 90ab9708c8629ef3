"""Access control: the review token, CSRF protection and security headers."""

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from service.settings import is_loopback

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OPEN = frozenset({"live", "ready", "metrics", "enter", "static"})
"""Endpoints that show nothing of any part."""


def control_access(app: Flask, token: str | None) -> None:
    """Admit requests with the token, or any from this machine if there is none; refuse requests of other sites.

    State-changing requests need the page's CSRF token (X-CSRFToken) and, where the browser sends an origin, must come
    from this page. The cookie is never sent along from other sites.
    """
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),  # sessions end with the process
        SESSION_COOKIE_NAME="linewatch_review",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open for a whole shift
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.before_request(_only_from_here)
    if token is None:
        app.before_request(_only_this_machine)
    else:
        app.before_request(lambda: _only_with(token))
    CSRFProtect(app)  # after the others: what they refuse is not checked further
    app.after_request(_harden)

    @app.route("/enter", methods=["GET", "POST"])
    def enter() -> AnyResponse | tuple[str, int]:
        shown = request.form.get("token", "")
        if token is None or _is_let_in(token):
            return redirect("/")
        if request.method == "POST" and _same(shown, token):
            session["let_in"] = True
            return redirect("/")
        return render_template("enter.html", wrong=bool(shown)), 401


def _only_from_here() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site != "same-origin" or (origin is not None and urlsplit(origin).netloc != request.host):
        abort(403, "expected a request from the review page itself, found one from another site; nothing was changed")


def _only_this_machine() -> None:
    # Another site's name can be made to point here (DNS rebinding); it then stands in the Host header.
    name = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(name):
        abort(403, f"expected to be called localhost, found {name!r}; set review_token to be reached by another name")


def _only_with(token: str) -> AnyResponse | str | None:
    if request.endpoint in _OPEN or _is_let_in(token):
        return None
    if request.endpoint == "home":
        if not _same(request.args.get("token", ""), token):
            return redirect("/enter")
        session["let_in"] = True
        # Not a redirect: after one that began on another site the browser would hold the new cookie back.
        return render_template("entered.html")
    return abort(
        401, "expected the review token, found none or another; open the page and enter it, or send it as Bearer"
    )


def _is_let_in(token: str) -> bool:
    bearer = request.authorization
    return bool(session.get("let_in")) or (
        bearer is not None and bearer.type == "bearer" and _same(bearer.token or "", token)
    )


def _same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
