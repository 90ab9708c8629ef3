"""The escape rate and the false-alarm rate as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from service.quality.rates import MAX_AUDITS, Group, Rates, Share

TITLES = ("decision", "parts", "asked", "normal", "defect", "unsure")


def table(found: Sequence[Rates], below: float | None) -> str:
    """For each bundle its counts, its rates, and the audits still needed for an escape rate below a limit."""
    return "\n\n".join("\n".join(_lines(rates, below)) for rates in found)


def _lines(rates: Rates, below: float | None) -> Iterator[str]:
    yield f"stream {rates.stream}, bundle {rates.bundle}"
    yield _row(TITLES)
    for decision, group in (("pass", rates.passed), ("review", rates.review), ("anomaly", rates.anomaly)):
        yield _row((decision, *_counts(group)))
    yield f"escape rate, of passes:          {_text(rates.escape, 'no audit is answered yet')}"
    yield f"false-alarm rate, of good parts: {_text(rates.false_alarm, 'takes answers for every decision, audits too')}"
    yield f"good parts among anomalies:      {_text(rates.false_discovery, 'no anomaly is reviewed yet')}"
    if below is not None:
        yield _audits_line(rates, below)


def _row(cells: Iterable[object]) -> str:
    first, *others = (str(cell) for cell in cells)
    return f"  {first:10}" + "".join(f"{cell:>9}" for cell in others)


def _counts(group: Group) -> tuple[int, ...]:
    return group.parts, group.asked, group.normal, group.defect, group.unsure


def _text(share: Share | None, otherwise: str) -> str:
    if share is None:
        return f"unknown: {otherwise}"
    unsure = f"; {share.pessimistic:.3%} at worst, if all unsure ones count" if share.pessimistic > share.high else ""
    return f"{share.estimate:.3%} (95 %: {share.low:.3%} to {share.high:.3%}{unsure})"


def _audits_line(rates: Rates, below: float) -> str:
    more = rates.audits_needed(below)
    if more == 0:
        return f"the escape rate's interval lies below {below:.3%}"
    if more is None:
        return (
            f"no number of audits up to {MAX_AUDITS} brings the escape rate's interval below {below:.3%} "
            "if their share of defects stays as it is"
        )
    return f"{more} more audits bring the escape rate's interval below {below:.3%} if their share of defects stays"
