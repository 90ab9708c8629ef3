"""`python -m deploy.grafana.dashboard` writes deploy/grafana/dashboards/linewatch.json anew.

Only the metrics of the service and of the review process and `up` are used, raw: it needs no recording rules.
"""

import json
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, QueryVariable, Row
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.grafana.panels import DATASOURCE, PER_SECOND, Limits, Query, histogram, lines, number

FILE = Path(__file__).parent / "dashboards" / "linewatch.json"


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
    _line(dashboard)
    _trust(dashboard)
    _people(dashboard)
    _challenger(dashboard)
    _speed(dashboard)
    _silence(dashboard)
    _service(dashboard)
    built = dashboard.build()
    for number_of_panel, panel in enumerate(built.panels, start=1):
        panel.id_val = number_of_panel
    return json.dumps(built, cls=JSONEncoder, sort_keys=True, indent=2) + "\n"


def _line(dashboard: Dashboard) -> None:
    dashboard.with_row(Row("The line"))
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
            "is 1 %: so many are expected of a line without any fault.",
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
    dashboard.with_panel(
        histogram(
            "Error ratio: how strange the parts are",
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


def _trust(dashboard: Dashboard) -> None:
    dashboard.with_row(Row("Trust"))
    dashboard.with_panel(
        lines(
            "Threshold in force",
            "The score above which a part is an anomaly. It changes only when another bundle becomes champion; "
            "replicas that differ for longer than a reload have not all taken it.",
            Query('linewatch_threshold{stream=~"$stream"}', "{{stream}} on {{instance}}"),
            unit="short",
        )
    ).with_panel(
        lines(
            "Bundle that decides",
            "Replicas that decide with each bundle. Two bundles of a stream at a time means a swap under way, or "
            "a replica that refuses the new one.",
            Query(
                'count by (stream, bundle, autoencoder) (linewatch_bundle_info{stream=~"$stream"})',
                "{{stream}}: {{bundle}} ({{autoencoder}})",
            ),
            unit="short",
        )
    )
    dashboard.with_panel(
        lines(
            "Bundle reloads",
            "Champions taken in and refused, in ten minutes.",
            Query(
                'sum by (stream, result) (increase(linewatch_bundle_reloads_total{stream=~"$stream"}[10m]))',
                "{{stream}}: {{result}}",
            ),
            unit="short",
        )
    ).with_panel(
        lines(
            "Dead letters by reason",
            "Images that could not be judged, in ten minutes. Their parts are not inspected.",
            Query("sum by (reason) (increase(linewatch_dead_letters_total[10m]))", "{{reason}}"),
            unit="short",
        )
    )


def _people(dashboard: Dashboard) -> None:
    dashboard.with_row(Row("People"))
    dashboard.with_panel(
        lines(
            "Parts for people",
            "Share of the images scored in an hour that are to be reviewed, between the two thresholds, and of those "
            "drawn by lot from the passes (audits).",
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


def _challenger(dashboard: Dashboard) -> None:
    dashboard.with_row(Row("Challenger"))
    dashboard.with_panel(
        lines(
            "Flips: where champion and challenger differ",
            "Share of the images that both judged in an hour, by what the champion decided → what the challenger "
            "would have. Only the champion's counts.",
            *(
                Query(
                    f"sum by (stream, champion, challenger) (increase(linewatch_shadow_decisions_total{{{differ}, "
                    f'stream=~"$stream"}}[1h])) / on (stream) group_left () sum by (stream) '
                    '(increase(linewatch_shadow_decisions_total{stream=~"$stream"}[1h]))',
                    "{{stream}}: {{champion}} → {{challenger}}",
                )
                for differ in (
                    'champion="pass", challenger!="pass"',
                    'champion="review", challenger!="review"',
                    'champion="anomaly", challenger!="anomaly"',
                )
            ),
            unit="percentunit",
        )
    ).with_panel(
        lines(
            "Share flagged by role",
            "Share of the same images that each of the two holds to be anomalies, in an hour. Dashed: the default "
            "budget of 1 %, and five times that.",
            *(
                Query(
                    f'sum by (stream) (increase(linewatch_shadow_decisions_total{{{role}="anomaly", '
                    f'stream=~"$stream"}}[1h])) / sum by (stream) '
                    '(increase(linewatch_shadow_decisions_total{stream=~"$stream"}[1h]))',
                    f"{{{{stream}}}} {role}",
                )
                for role in ("champion", "challenger")
            ),
            unit="percentunit",
            limits=Limits(doubtful=0.01, bad=0.05),
        )
    )
    dashboard.with_panel(
        lines(
            "Challenger's error ratio",
            "Median and 99th percentile of the challenger's score ÷ its threshold in ten minutes. Dashed: 1.",
            *(
                Query(
                    f"histogram_quantile({quantile}, sum by (stream, le) (rate("
                    'linewatch_challenger_error_ratio_bucket{stream=~"$stream"}[10m])))',
                    f"{{{{stream}}}} p{quantile * 100:.0f}",
                )
                for quantile in (0.5, 0.99)
            ),
            unit="short",
            limits=Limits(doubtful=1, bad=1),
        )
    ).with_panel(
        lines(
            "Shadowing",
            "Replicas that have a challenger, those on which it does not judge (too many images wait, or it failed), "
            "and its faults in ten minutes.",
            Query(
                'count by (stream, bundle) (linewatch_challenger_info{stream=~"$stream"})',
                "{{stream}}: {{bundle}}",
            ),
            Query('sum by (stream) (linewatch_shadow_paused{stream=~"$stream"})', "{{stream}}: does not judge"),
            Query(
                'sum by (stream) (increase(linewatch_shadow_faults_total{stream=~"$stream"}[10m]))',
                "{{stream}}: faults",
            ),
            unit="short",
        )
    )


def _share_of_scored(series: str) -> str:
    scored = 'sum by (stream) (increase(linewatch_images_total{stream=~"$stream", outcome!="dead_letter"}[1h]))'
    return f"sum by (stream) (increase({series}[1h])) / {scored}"


def _speed(dashboard: Dashboard) -> None:
    dashboard.with_row(Row("Speed"))
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


def _silence(dashboard: Dashboard) -> None:
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


def _service(dashboard: Dashboard) -> None:
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


def _share_of_anomalies(window: str, *, by: str) -> str:
    """Anomalies among what was scored; a stream that never had an anomaly has no such series, so `or` makes 0."""
    scored = f'sum {by}(increase(linewatch_images_total{{stream=~"$stream", outcome!="dead_letter"}}[{window}]))'
    anomalies = f'sum {by}(increase(linewatch_images_total{{stream=~"$stream", outcome="anomaly"}}[{window}]))'
    return f"({anomalies} or {scored} * 0) / {scored}"


if __name__ == "__main__":
    FILE.write_text(build(), encoding="utf-8")
    print(f"wrote {FILE}")
