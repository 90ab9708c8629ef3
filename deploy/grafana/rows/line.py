"""The row `The line`: images per second, anomaly rate, error ratios, p-values, drift."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import PER_SECOND, Limits, Query, histogram, lines, number


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
    dashboard.with_row(Row("The line"))
    _add_totals(dashboard)
    _add_rates(dashboard)
    _add_error_ratios(dashboard)
    _add_p_values(dashboard)
    _add_drift(dashboard)


def _add_totals(dashboard: Dashboard) -> None:
    dashboard.with_panel(
        number(
            "Images",
            "Images accounted for, verdicts and dead letters together.",
            Query('sum(rate(linewatch_images_total{stream=~"$stream"}[$__rate_interval]))'),
            unit=PER_SECOND,
        )
    ).with_panel(
        number(
            "Anomaly rate, 10 minutes",
            "Share of the images scored in the last ten minutes that are anomalies. The default false-alarm budget "
            "is 1 %: that share is expected of a line without any fault.",
            Query(_share_of_anomalies("10m", by=""), "anomalies"),
            unit="percentunit",
            limits=Limits(doubtful=0.02, bad=0.05),
        )
    ).with_panel(
        number(
            "Images waiting",
            "Images on the topic that no replica has taken yet.",
            Query("sum(max by (topic, partition) (linewatch_consumer_lag_records))"),
            unit="short",
            limits=Limits(doubtful=500, bad=5000),
        )
    ).with_panel(
        number(
            "Replicas up",
            "Replicas that answer Prometheus.",
            Query('sum(up{job="linewatch"})'),
            unit="short",
            limits=Limits(doubtful=1, bad=0.5),
        )
    )


def _add_rates(dashboard: Dashboard) -> None:
    dashboard.with_panel(
        lines(
            "Images per second by outcome",
            "What became of the images: verdict pass, review or anomaly, or dead letter (no verdict).",
            Query(
                'sum by (outcome) (rate(linewatch_images_total{stream=~"$stream"}[$__rate_interval]))', "{{outcome}}"
            ),
            unit=PER_SECOND,
        )
    ).with_panel(
        lines(
            "Anomaly rate by stream",
            "Share of the images scored in ten minutes that are anomalies. Dashed: twice and five times the default "
            "budget of 1 %.",
            Query(_share_of_anomalies("10m", by="by (stream) "), "{{stream}}"),
            unit="percentunit",
            limits=Limits(doubtful=0.02, bad=0.05),
        )
    )


def _add_error_ratios(dashboard: Dashboard) -> None:
    dashboard.with_panel(
        histogram(
            "Error ratio: how anomalous the parts are",
            "Images per second by score ÷ threshold; what lies above 1 is an anomaly. A cloud that wanders upwards "
            "is drift, one that stays with a few cells far above it is defects.",
            Query(
                'sum by (le) (rate(linewatch_reconstruction_error_ratio_bucket{stream=~"$stream"}[$__rate_interval]))',
                "{{le}}",
            ),
            unit="short",
        )
    ).with_panel(
        lines(
            "Error ratio quantiles",
            "Median, 90th and 99th percentile of score ÷ threshold in ten minutes. Dashed: the threshold.",
            *(
                Query(
                    f"histogram_quantile({quantile}, sum by (stream, le) (rate("
                    'linewatch_reconstruction_error_ratio_bucket{stream=~"$stream"}[10m])))',
                    f"{{{{stream}}}} p{quantile * 100:.0f}",
                )
                for quantile in (0.5, 0.9, 0.99)
            ),
            unit="short",
            limits=Limits(doubtful=1, bad=1),
        )
    )


def _add_p_values(dashboard: Dashboard) -> None:
    dashboard.with_panel(
        histogram(
            "p-values",
            "Images per second by conformal p-value. While the process is as calibrated, every interval gets images "
            "in proportion to its width.",
            Query('sum by (le) (rate(linewatch_p_value_bucket{stream=~"$stream"}[$__rate_interval]))', "{{le}}"),
            unit="short",
        )
    ).with_panel(
        lines(
            "p-values against uniform",
            "How many times more often p-values of at most x come than promised, in an hour. 1 is as calibrated; "
            "the median line leaves 1 first under drift, the 1 % line under defects.",
            *(
                Query(
                    f'sum(rate(linewatch_p_value_bucket{{stream=~"$stream", le="{level}"}}[1h])) '
                    f'/ sum(rate(linewatch_p_value_count{{stream=~"$stream"}}[1h])) / {level}',
                    f"p ≤ {level}",
                )
                for level in (0.01, 0.05, 0.1, 0.5)
            ),
            unit="short",
            limits=Limits(doubtful=1, bad=3),
        )
    )


def _add_drift(dashboard: Dashboard) -> None:
    dashboard.with_panel(
        lines(
            "Drift, and bursts of bad parts",
            "Evidence divided by its limit, of the replica that has most of it. Dashed: the alarm, after which it "
            "starts again from 0. Drift by brightness alone is the lamp or the exposure, a burst is bad parts.",
            Query(
                'max by (stream, sign) (linewatch_drift_evidence{stream=~"$stream"})', "{{stream}} drift by {{sign}}"
            ),
            Query('max by (stream) (linewatch_burst_evidence{stream=~"$stream"})', "{{stream}} burst"),
            unit="short",
            limits=Limits(doubtful=1, bad=1),
            width=24,
        )
    )


def _share_of_anomalies(window: str, *, by: str) -> str:
    """Anomalies among what was scored; a stream that never had an anomaly has no such series, so `or` makes 0."""
    scored = f'sum {by}(increase(linewatch_images_total{{stream=~"$stream", outcome!="dead_letter"}}[{window}]))'
    anomalies = f'sum {by}(increase(linewatch_images_total{{stream=~"$stream", outcome="anomaly"}}[{window}]))'
    return f"({anomalies} or {scored} * 0) / {scored}"
