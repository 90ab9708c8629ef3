"""The Grafana dashboard as code: `python -m deploy.grafana.dashboard` writes deploy/grafana/dashboards/linewatch.json.

It uses only `up` and the raw metrics of the service and of the review process: it needs no recording rules.
"""

import json
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, QueryVariable
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.grafana.panels import DATASOURCE
from deploy.grafana.rows import challenger, line, parts, people, service, silence, speed, trust

FILE = Path(__file__).parent / "dashboards" / "linewatch.json"
ROWS = (line.add, parts.add, trust.add, people.add, challenger.add, speed.add, silence.add, service.add)


def build() -> str:
    """The dashboard as Grafana's JSON, ending in a newline."""
    dashboard = (
        Dashboard("Linewatch")
        .uid("linewatch")
        .description("Is the line normal, are its verdicts to be trusted, and does the service keep up?")
        .tags(["linewatch"])
        .editable()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .timezone("browser")
        .refresh("10s")
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(
            QueryVariable("stream")
            .label("Stream")
            .datasource(DATASOURCE)
            .query("label_values(linewatch_images_total, stream)")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .all_value(".*")
            .current(VariableOption(selected=True, text="All", value="$__all"))
        )
    )
    for add_row in ROWS:
        add_row(dashboard)
    built = dashboard.build()
    for number_of_panel, panel in enumerate(built.panels, start=1):
        panel.id_val = number_of_panel
    return json.dumps(built, cls=JSONEncoder, sort_keys=True, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(build(), encoding="utf-8")
    print(f"wrote {FILE}")
