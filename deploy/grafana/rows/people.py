"""The row `People`: parts to be reviewed, escape rate, false-alarm rate."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import Limits, Query, lines


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
    dashboard.with_row(Row("People"))
    dashboard.with_panel(
        lines(
            "Parts for people",
            "Share of the images scored in an hour that are to be reviewed, between the two thresholds, and of those "
            "sampled from the passes (audits).",
            Query(_share_of_scored('linewatch_images_total{stream=~"$stream", outcome="review"}'), "{{stream}} review"),
            Query(_share_of_scored('linewatch_audits_total{stream=~"$stream"}'), "{{stream}} audit"),
            unit="percentunit",
        )
    ).with_panel(
        lines(
            "Parts that wait for people",
            "By why they are asked. Rates stand on answers: a heap that only grows makes them old.",
            Query(
                'sum by (stream, asked) (max by (stream, asked) (linewatch_review_open{stream=~"$stream"}))',
                "{{stream}} {{asked}}",
            ),
            unit="short",
        )
    )
    dashboard.with_panel(
        lines(
            "Escape rate",
            "Share of passes that are defects, from the answered audits of each bundle, with its exact 95 % interval. "
            "Dashed: the limit of the alert LinewatchEscapeRateHigh, for the low end, and ten times that.",
            Query('linewatch_escape_rate{stream=~"$stream"}', "{{stream}} {{bundle}} {{bound}}"),
            unit="percentunit",
            limits=Limits(doubtful=0.005, bad=0.05),
        )
    ).with_panel(
        lines(
            "False-alarm rate among good parts",
            "Share of good parts that are flagged, from all answers on each bundle, with an interval of at least 95 %. "
            "Dashed: the default budget of 1 %, and five times that.",
            Query('linewatch_false_alarm_rate{stream=~"$stream"}', "{{stream}} {{bundle}} {{bound}}"),
            unit="percentunit",
            limits=Limits(doubtful=0.01, bad=0.05),
        )
    )


def _share_of_scored(series: str) -> str:
    scored = 'sum by (stream) (increase(linewatch_images_total{stream=~"$stream", outcome!="dead_letter"}[1h]))'
    return f"sum by (stream) (increase({series}[1h])) / {scored}"
