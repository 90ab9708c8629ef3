"""Figures of the retraining loop: its phases, alarms, shadow and promotion."""

from dataclasses import dataclass
from typing import Any

from deploy.demo.figures import Figures, Tally
from deploy.devtools.commands.linewatch_train import Guarantee


@dataclass(frozen=True)
class Alarms:
    """How often each alarm of the service went off in a phase, and after how many parts the first of drift did."""

    drift: int
    burst: int
    drift_after_parts: int | None


@dataclass(frozen=True)
class Phase:
    """The outcome of one phase of the loop."""

    figures: Figures
    alarms: Alarms
    normal_to_review: int
    defects_to_review: int
    """Between the two thresholds: not flagged, but shown to a person."""

    def as_json(self) -> dict[str, Any]:
        normal, defects = self.figures.normal, self.figures.defects
        return {
            "false_alarms": {
                "normal_sent": normal.sent,
                "flagged": normal.flagged,
                "budget": self.figures.guarantee.budget,
                "to_review": self.normal_to_review,
            },
            "defects": {"sent": defects.sent, "flagged": defects.flagged, "to_review": self.defects_to_review},
            "alarms": {
                "drift": self.alarms.drift,
                "burst": self.alarms.burst,
                "drift_after_parts": self.alarms.drift_after_parts,
            },
        }


@dataclass(frozen=True)
class Shadow:
    """The challenger's decisions in the champion's shadow, on the parts that both judged."""

    sent: int
    judged: int
    normal: Tally
    """Good parts, and how many of those the challenger would have flagged."""


@dataclass(frozen=True)
class Promotion:
    """Whether the challenger decides now; if not, `promote` refused it and the champion keeps its budget."""

    done: bool
    forced: str | None = None
    """The reason, where `promote` refused it at first."""


@dataclass(frozen=True)
class Loop:
    """One run of the loop."""

    before: Phase
    drifted: Phase
    after: Phase
    reviews: dict[str, int]
    """Answers by label."""
    collected: dict[str, int]
    """Images by folder."""
    missed: list[str]
    """Labelled defects that the champion flags and the challenger does not."""
    promotion: Promotion
    shadow: Shadow
    guarantee: Guarantee
    """Of the bundle that decided last."""
    champion: str
    challenger: str

    @property
    def every_image_has_one_verdict(self) -> bool:
        return all(phase.figures.every_image_has_one_verdict for phase in (self.before, self.drifted, self.after))

    def as_json(self, seconds: dict[str, float]) -> dict[str, Any]:
        return {
            "before": self.before.as_json(),
            "drifted": self.drifted.as_json(),
            "after": self.after.as_json(),
            "reviews": self.reviews,
            "collected": self.collected,
            "shadow": {
                "sent": self.shadow.sent,
                "judged": self.shadow.judged,
                "normal_judged": self.shadow.normal.sent,
                "normal_flagged": self.shadow.normal.flagged,
            },
            "promotion": {
                "champion": self.champion,
                "challenger": self.challenger,
                "missed": self.missed,
                "done": self.promotion.done,
                "forced": self.promotion.forced,
            },
            "seconds": seconds,
        }
