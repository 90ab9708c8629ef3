"""The row `Speed`: seconds by stage, latency, batches, images that wait."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import Query, lines


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
    dashboard.with_row(Row("Speed"))
    _add_times(dashboard)
    _add_batches(dashboard)


def _add_times(dashboard: Dashboard) -> None:
    dashboard.with_panel(
        lines(
            "Time by stage, mean",
            "decode and score: seconds of one image; publish: seconds of one batch's transaction.",
            Query(
                "sum by (stage) (rate(linewatch_stage_seconds_sum[$__rate_interval])) "
                "/ sum by (stage) (rate(linewatch_stage_seconds_count[$__rate_interval]))",
                "{{stage}}",
            ),
            unit="s",
        )
    ).with_panel(
        lines(
            "Captured to verdict",
            "From captured_at to the verdict committed, median and 99th percentile. It includes the camera's clock: "
            "values far off point to clocks that differ.",
            *(
                Query(
                    f"histogram_quantile({quantile}, sum by (stream, le) (rate("
                    'linewatch_end_to_end_seconds_bucket{stream=~"$stream"}[$__rate_interval])))',
                    f"{{{{stream}}}} p{quantile * 100:.0f}",
                )
                for quantile in (0.5, 0.99)
            ),
            unit="s",
        )
    )


def _add_batches(dashboard: Dashboard) -> None:
    dashboard.with_panel(
        lines(
            "Images per batch",
            "Mean and 99th percentile of the images in one transaction. At the setting batch_images all the time "
            "means the service works at its limit.",
            Query(
                "sum(rate(linewatch_batch_images_sum[$__rate_interval])) "
                "/ sum(rate(linewatch_batch_images_count[$__rate_interval]))",
                "mean",
            ),
            Query(
                "histogram_quantile(0.99, sum by (le) (rate(linewatch_batch_images_bucket[$__rate_interval])))",
                "p99",
            ),
            unit="short",
        )
    ).with_panel(
        lines(
            "Images waiting by partition",
            "Log end minus position. One partition far above the others means keys that are spread unevenly.",
            Query(
                "max by (topic, partition) (linewatch_consumer_lag_records)",
                "{{topic}} {{partition}}",
            ),
            unit="short",
        )
    )
