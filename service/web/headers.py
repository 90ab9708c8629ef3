"""Headers of every response, and errors as one sentence in JSON."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # probes have the headers without Flask
    from flask import Flask, Response
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response as AnyResponse

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""No code but our own files, in no frame, for no other site."""

_SENTENCES = {
    404: "expected the address of one of this program's pages, found another; check how it is written",
    405: "expected another method for this address, found one that it does not have",
    500: "expected to answer, found a fault in this program, which is in its log; please report it",
}
"""In place of those that werkzeug has."""


def sentence(status: int) -> str:
    """What a response with an error's status says, unless the application has words of its own; or nothing."""
    return _SENTENCES.get(status, "")


def harden(app: "Flask") -> None:
    """Add the headers to every response of an application, and make its errors sentences."""
    from werkzeug.exceptions import HTTPException  # noqa: PLC0415 - where there is an application, it is loaded

    @app.after_request
    def add(response: "Response") -> "Response":
        response.headers.update(HEADERS)
        return response

    @app.errorhandler(HTTPException)
    def explain(error: "HTTPException") -> "AnyResponse":
        own = error.description != type(error).description
        why = error.description if own else sentence(error.code or 500) or error.description
        response = error.get_response()  # with its headers, such as Allow and Retry-After
        response.data = json.dumps({"error": str(why)})
        response.content_type = "application/json"
        return response
