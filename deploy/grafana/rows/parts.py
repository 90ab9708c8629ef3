"""The row `Parts`: part verdicts where several cameras see a part, and the views that they lack."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import Query, lines


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
    dashboard.with_row(Row("Parts of several views"))
    dashboard.with_panel(
        lines(
            "Part verdicts",
            "Share of the parts of ten minutes, by decision. Empty where no linewatch parts runs.",
            Query(
                "sum by (decision) (increase(linewatch_parts_total[10m])) "
                "/ on () group_left () sum(increase(linewatch_parts_total[10m]))",
                "{{decision}}",
            ),
            unit="percentunit",
            width=8,
        )
    ).with_panel(
        lines(
            "Missing and late views",
            "Views that part verdicts of ten minutes do without, and views that came after their part's verdict.",
            Query("sum by (view) (increase(linewatch_part_views_missing_total[10m]))", "{{view}} missing"),
            Query("sum by (view) (increase(linewatch_part_views_late_total[10m]))", "{{view}} late"),
            unit="short",
            width=8,
        )
    ).with_panel(
        lines(
            "Time to the part verdict",
            "Median and 99th percentile from a part's first capture to its part verdict: what the gate has to wait.",
            *(
                Query(
                    f"histogram_quantile({quantile}, sum by (le) "
                    "(rate(linewatch_part_end_to_end_seconds_bucket[10m])))",
                    f"p{quantile * 100:.0f}",
                )
                for quantile in (0.5, 0.99)
            ),
            unit="s",
            width=8,
        )
    )
