"""`linewatch review`."""

from importlib.util import find_spec
from typing import Self

from pydantic import model_validator

from service.cli.failure import FAILURE, fail
from service.cli.logged import logged
from service.settings.base import is_loopback
from service.settings.review import SHORTEST_TOKEN, ReviewSettings


class Review(ReviewSettings):
    """Serve the page where people review parts, until stopped."""

    @model_validator(mode="after")
    def _others_need_a_token(self) -> Self:
        token = self.review_token.get_secret_value() if self.review_token else ""
        if not is_loopback(self.review_host) and not token:
            msg = (
                f"expected a review_token, because others can reach review_host {self.review_host}, found none; "
                f"set one of at least {SHORTEST_TOKEN} characters, or review_host to 127.0.0.1"
            )
            raise ValueError(msg)
        if token and len(token) < SHORTEST_TOKEN:
            msg = f"expected a review_token of at least {SHORTEST_TOKEN} characters, found {len(token)}; lengthen it"
            raise ValueError(msg)
        return self

    def cli_cmd(self) -> None:
        missing = [name for name in ("flask_wtf", "fsspec") if find_spec(name) is None]
        if missing:
            found = " and ".join(missing)
            fail(
                f"expected what the review page needs, found no {found}; install it: pip install 'linewatch[review]'",
                FAILURE,
            )
        from service.review.app import review  # noqa: PLC0415 - its packages are an extra

        with logged(self):
            review(self)
