"""What a report of a fit must say once its bundle has another threshold."""

from datetime import datetime

from service.scoring.manifest import Calibration

BEGINNING = "<main>"
"""In every report, once."""


def say_recalibrated(page: str, at: datetime, before: Calibration, after: Calibration) -> str:
    """The same report with one sentence at its top; of several recalibrations the latest stands first."""
    sentence = (
        f'<p class="flag">Recalibrated {at:%Y-%m-%d %H:%M} UTC: the threshold became {after.threshold:.4g}, '
        f"from {after.n} scores. Below is what was found before that, at a threshold of {before.threshold:.4g}.</p>"
    )
    return page.replace(BEGINNING, f"{BEGINNING}\n{sentence}", 1)
