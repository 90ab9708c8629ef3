"""The row `Silence`: time since the last image."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import Limits, Query, lines


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
    dashboard.with_row(Row("Silence"))
    dashboard.with_panel(
        lines(
            "Since the last image",
            "Time since an image of the stream was last accounted for by any replica. Dashed: half the limit of the "
            "alert LinewatchStreamSilent, and the limit.",
            Query(
                'time() - max by (stream) (linewatch_last_image_timestamp_seconds{stream=~"$stream"})',
                "{{stream}}",
            ),
            unit="s",
            limits=Limits(doubtful=150, bad=300),
            width=24,
        )
    )
