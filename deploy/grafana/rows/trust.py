"""The row `Trust`: thresholds, bundles in force and their reloads, dead letters, stuck partitions."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.grafana.panels import Query, lines


def add(dashboard: Dashboard) -> None:
    """Add the row and its panels, in order."""
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
            "Store away",
            "1 where the store cannot be read, or has no champion of a stream that can be used. Bundles loaded before "
            "go on deciding.",
            Query("max(linewatch_store_unreadable)", "store"),
            Query('max by (stream) (linewatch_champion_missing{stream=~"$stream"})', "champion of {{stream}}"),
            unit="short",
        )
    ).with_panel(
        lines(
            "Images unlike those of the fit",
            "Images in ten minutes with another colour mode, aspect or size than all normal images had: judged, on "
            "pictures that the bundle does not know.",
            Query(
                'sum by (stream, what) (increase(linewatch_unlike_fit_total{stream=~"$stream"}[10m]))',
                "{{stream}}: {{what}}",
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
            Query("reason:linewatch_dead_letters:increase10m", "{{reason}}"),
            unit="short",
        )
    )
    dashboard.with_panel(
        lines(
            "Partitions that are stuck",
            "Partitions that get no further, because the brokers take neither a verdict nor a dead letter for their "
            "next image. The others go on.",
            Query("sum(linewatch_partition_stuck) or vector(0)", "partitions"),
            unit="short",
        )
    ).with_panel(
        lines(
            "Images that a bundle cannot score",
            "Images in ten minutes on which the graph failed or gave no number. They are dead letters, never passes.",
            Query(
                'sum by (stream, bundle) (increase(linewatch_unscorable_total{stream=~"$stream"}[10m]))',
                "{{stream}}: {{bundle}}",
            ),
            unit="short",
        )
    )
