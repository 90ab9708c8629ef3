"""The row `Service`: replicas that answer, their memory and their processors."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import Query, lines


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
    dashboard.with_row(Row("Service"))
    dashboard.with_panel(
        lines(
            "Up",
            "1 while the replica answers Prometheus.",
            Query('up{job="linewatch"}', "{{instance}}"),
            unit="short",
            width=8,
        )
    ).with_panel(
        lines(
            "Memory",
            "Resident memory of each replica. A line that only climbs is a leak.",
            Query('process_resident_memory_bytes{job="linewatch"}', "{{instance}}"),
            unit="bytes",
            width=8,
        )
    ).with_panel(
        lines(
            "CPU",
            "Cores that each replica uses.",
            Query('rate(process_cpu_seconds_total{job="linewatch"}[$__rate_interval])', "{{instance}}"),
            unit="short",
            width=8,
        )
    )
