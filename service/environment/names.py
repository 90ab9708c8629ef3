"""Names of environment variables: those that Kubernetes makes of its Services, and misspelt ones."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

PREFIX = "LINEWATCH_"

# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_LINK = re.compile(r"(tcp|udp|sctp)://\S*", re.IGNORECASE)
_NAME_OF_A_LINK = re.compile(
    r".*(_SERVICE_HOST|_SERVICE_PORT(_\w+)?|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)", re.IGNORECASE
)


def is_service_link(name: str, value: str | None) -> bool:
    """Whether Kubernetes made a variable of a Service whose name begins with `linewatch`.

    A Service `linewatch-review` makes `LINEWATCH_REVIEW_PORT=tcp://10.96.12.7:8001` in every pod beside it, which
    is no port to listen on, and `LINEWATCH_REVIEW_SERVICE_HOST` and others.
    """
    if name.upper().endswith("_PORT") and _LINK.fullmatch(value or ""):
        return True
    return _NAME_OF_A_LINK.fullmatch(name) is not None


def oddities(found: Mapping[str, str | None], settings: Iterable[str]) -> Iterator[str]:
    """One sentence for each variable `LINEWATCH_…` that sets nothing.

    Args:
        found: all variables, of the environment and `.env`.
        settings: the names of all settings, as `http_port`.
    """
    known = {name.upper() for name in settings}
    for name, value in sorted(found.items()):
        if not name.upper().startswith(PREFIX):
            continue
        upper = name.upper().removeprefix(PREFIX)
        if is_service_link(name, value):
            if upper in known:
                yield (
                    f"{name}={value} was made by Kubernetes of a Service and is no setting: ignored; "
                    "to set it, give the Service another name or the pod enableServiceLinks: false"
                )
        elif upper not in known:
            near = get_close_matches(upper, known, n=1)
            yield f"expected a setting, found {name[:100]}, which sets nothing" + (
                f"; is it {PREFIX}{near[0]}?" if near else ""
            )
        elif value is None:
            yield f"expected {name}=VALUE in .env, found no =, which sets nothing"
