"""The row `Challenger`: where it differs from the champion, and whether it judges."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import Limits, Query, lines


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
    dashboard.with_row(Row("Challenger"))
    _add_decisions(dashboard)
    _add_scores_and_shadowing(dashboard)


def _add_decisions(dashboard: Dashboard) -> None:
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


def _add_scores_and_shadowing(dashboard: Dashboard) -> None:
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
