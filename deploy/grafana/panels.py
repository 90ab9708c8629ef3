"""Panels of the dashboard: figures, lines and histograms, each with a title, a description and a unit."""

from dataclasses import dataclass
from string import ascii_uppercase

from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphTresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
HEIGHT = 8
PER_SECOND = "suffix: /s"
GOOD, DOUBTFUL, BAD = "green", "orange", "red"


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and the legend of its series."""

    expr: str
    legend: str = "__auto"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a value stops being good and starts being bad; with `bad` below `doubtful`, low is bad."""

    doubtful: float
    bad: float


def number(title: str, description: str, query: Query, *, unit: str, limits: Limits | None = None) -> stat.Panel:
    """One figure of now, large, with its recent past behind it."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .span(6)
        .height(4)
        .graph_mode(BigValueGraphMode.AREA)
        .color_mode(BigValueColorMode.VALUE)
        .thresholds(_thresholds(limits))
        .with_target(_target(query))
    )


def lines(
    title: str, description: str, *queries: Query, unit: str, limits: Limits | None = None, width: int = 12
) -> timeseries.Panel:
    """Values against time; limits are drawn as dashed lines."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .span(width)
        .height(HEIGHT)
        .min(0)
        .fill_opacity(8)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .targets([_target(query, ref_id) for query, ref_id in zip(queries, ascii_uppercase, strict=False)])
    )
    if limits:
        panel.thresholds(_thresholds(limits))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.DASHED))
    return panel


def histogram(title: str, description: str, query: Query, *, unit: str) -> heatmap.Panel:
    """The buckets of a histogram against time; the query keeps `le`."""
    target = _target(query).format(PromQueryFormat.HEATMAP)
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .span(12)
        .height(HEIGHT)
        .unit("short")
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(64))
        .cell_gap(1)
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .show_tooltip()
        .with_target(target)
    )


def _target(query: Query, ref_id: str = "A") -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(ref_id).range()


def _thresholds(limits: Limits | None) -> dashboard.ThresholdsConfig:
    if limits is None:
        steps = [Threshold(value=None, color=GOOD)]
    elif limits.bad >= limits.doubtful:
        steps = [
            Threshold(value=None, color=GOOD),
            Threshold(value=limits.doubtful, color=DOUBTFUL),
            Threshold(value=limits.bad, color=BAD),
        ]
    else:
        steps = [
            Threshold(value=None, color=BAD),
            Threshold(value=limits.bad, color=DOUBTFUL),
            Threshold(value=limits.doubtful, color=GOOD),
        ]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
