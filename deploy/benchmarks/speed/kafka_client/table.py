"""What the Kafka client costs as Markdown: fetching by size, publishing by outcomes of a transaction."""

from collections.abc import Iterator, Mapping
from typing import Any

SHARE_AT = 100
"""Images a second at which the client's share of a core is stated."""

FETCHING = ("images of", "client", "images/s", "MB/s", "CPU, ms an image", "CPU, ms a MB", "memory, MB")
PACED = ("CPU one by one, ms", f"share of a core at {SHARE_AT}/s", "sent to polled, p50 ms")
PUBLISHING = ("outcomes", "client", "transaction, p50 ms", "CPU, ms an outcome")


def table(figures: Mapping[str, Any], machine: Mapping[str, Any]) -> str:
    """Both tables, and the machine's description under them."""
    about = f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, commit {machine['commit']}"
    fetching, publishing = _fetching(figures["fetching"]), _publishing(figures["publishing"])
    return "\n".join([_head(FETCHING + PACED), *fetching, "", _head(PUBLISHING), *publishing, "", about])


def _fetching(sizes: Mapping[int, Mapping[str, Any]]) -> Iterator[str]:
    for size, variants in sizes.items():
        for name, each in variants.items():
            yield _row(
                f"{size / 1000:.0f} kB",
                name,
                f"{each['images_per_second']:.0f}",
                f"{each['mb_per_second']:.0f}",
                f"{each['cpu_ms']:.2f}",
                f"{each['cpu_ms_per_mb']:.2f}",
                f"{each['peak_mb']:.0f}",
                f"{each['paced_cpu_ms']:.2f}",
                f"{each['paced_cpu_ms'] * SHARE_AT / 1000:.0%}",
                f"{each['paced_p50_ms']:.1f}",
            )


def _publishing(variants: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for outcomes in next(iter(variants.values())):
        for name, each in variants.items():
            yield _row(outcomes, name, f"{each[outcomes]['p50_ms']:.1f}", f"{each[outcomes]['cpu_ms']:.2f}")


def _head(names: tuple[str, ...]) -> str:
    return f"{_row(*names)}\n{_row('---', '---', *['---:'] * (len(names) - 2))}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
