"""A backtest's report: one HTML file that opens anywhere."""

import jinja2

from training.backtest.compare import Compared


def render(compared: Compared) -> str:
    """Write the report, pictures embedded."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("training", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["percent"] = lambda share: f"{100.0 * share:.3g} %"
    return environment.get_template("backtest/page.html").render(
        result=compared.result,
        defects=sum(compared.result.defects.values()),
        galleries={
            "Flagged by the challenger alone": (compared.result.newly_flagged, compared.newly_flagged),
            "Flagged by the champion alone": (compared.result.no_longer_flagged, compared.no_longer_flagged),
        },
    )
