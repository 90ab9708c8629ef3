"""What a fuzz run found, added up."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

SLOWEST = 5


@dataclass(frozen=True)
class Result:
    """Of one input; `crashed` where the service's code raised what it must not raise, hung, or ended the process."""

    number: int
    family: str
    group: str
    reason: str
    ms: float = 0.0
    fault: str = ""
    remark: str = ""
    crashed: bool = False


@dataclass
class Tally:
    """All results of a run."""

    by_group: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    remarks: Counter[str] = field(default_factory=Counter)
    faults: list[Result] = field(default_factory=list)
    slowest: list[Result] = field(default_factory=list)
    inputs: int = 0

    def add(self, result: Result) -> None:
        """Count one."""
        self.inputs += 1
        self.by_group[result.group][result.reason] += 1
        if result.remark:
            self.remarks[f"{result.group}: {result.remark}"] += 1
        if result.fault or result.crashed:
            self.faults.append(result)
        if len(self.slowest) < SLOWEST or result.ms > self.slowest[-1].ms:
            self.slowest = sorted([*self.slowest, result], key=lambda each: -each.ms)[:SLOWEST]

    @property
    def crashes(self) -> int:
        """Exceptions that are not documented, hangs, and ends of the process."""
        return sum(each.crashed for each in self.faults)

    @property
    def wrong(self) -> int:
        """Other faults: pixels that differ from the reference's, acceptance of what is damaged, a wrong reason."""
        return len(self.faults) - self.crashes

    def figures(self) -> dict[str, Any]:
        """For build/fuzz.json."""
        by_reason: Counter[str] = sum(self.by_group.values(), Counter())
        return {
            "inputs": self.inputs,
            "by_reason": dict(by_reason.most_common()),
            "crashes": self.crashes,
            "wrong": self.wrong,
            "slowest_ms": round(self.slowest[0].ms, 1) if self.slowest else 0.0,
            "by_group": {group: dict(counts.most_common()) for group, counts in sorted(self.by_group.items())},
            "remarks": dict(sorted(self.remarks.items())),
            "faults": [
                {"number": each.number, "group": each.group, "fault": each.fault} for each in self.faults[:1000]
            ],
        }


def table(tally: Tally) -> str:
    """Markdown: a row for each kind of input, a column for each outcome."""
    by_reason: Counter[str] = sum(tally.by_group.values(), Counter())
    reasons = [reason for reason, _ in by_reason.most_common()]
    wrong = Counter(each.group for each in tally.faults)
    lines = [
        f"| input | n | {' | '.join(reasons)} | wrong |",
        f"|---|{'--:|' * (len(reasons) + 2)}",
    ]
    for group, counts in [*sorted(tally.by_group.items()), ("all", by_reason)]:
        cells = [str(counts[reason] or "") for reason in reasons]
        faults = len(tally.faults) if group == "all" else wrong[group]
        lines.append(f"| {group} | {sum(counts.values())} | {' | '.join(cells)} | {faults} |")
    return "\n".join(lines)
