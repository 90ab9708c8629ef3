"""A backtest's report: one HTML file that opens anywhere."""

from pathlib import Path

from training.backtest.compare import Compared
from training.report.rendering import environment

TEMPLATES = Path(__file__).with_name("templates")


def render(compared: Compared) -> str:
    """Write the report, images embedded."""
    return (
        environment(TEMPLATES)
        .get_template("page.html")
        .render(
            result=compared.result,
            defects=sum(compared.result.defects.values()),
            galleries={
                "Flagged by the challenger alone": (compared.result.newly_flagged, compared.newly_flagged),
                "Flagged by the champion alone": (compared.result.no_longer_flagged, compared.no_longer_flagged),
            },
        )
    )
