"""The few kinds of panel that our boards are made of, in Grafana's own schema (grafana-foundation-sdk).

A panel takes its title, its questions and how wide it is (24 columns fill a row). What was not measured stays empty:
no panel turns a missing value into 0, and lines break where nothing was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import NamedTuple

from grafana_foundation_sdk.builders import piechart, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import text as markdown
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    StackingConfig,
    TableSortByFieldState,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.piechart import PieChartLegendValues, PieChartType
from grafana_foundation_sdk.models.text import TextMode

from grafana.influxql import Query, source

Properties = list[dashboard.DynamicConfigValue]


class Steps(NamedTuple):
    """Colours by value: green, from `warn` on yellow, from `bad` on red; the other way round when `low` is bad."""

    warn: float
    bad: float
    low: bool = False

    def build(self) -> ThresholdsConfig:
        """As Grafana's thresholds: each colour from its value on."""
        colours = (
            [(None, "red"), (self.bad, "yellow"), (self.warn, "green")]
            if self.low
            else [(None, "green"), (self.warn, "yellow"), (self.bad, "red")]
        )
        steps = [dashboard.Threshold(value=value, color=colour) for value, colour in colours]
        return ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)


class State(NamedTuple):
    """How a value of a state is told: its text and colour."""

    text: str
    colour: str


_PLAIN = ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps([dashboard.Threshold(color="blue")])


def number(
    title: str,
    *queries: Query,
    unit: str = "locale",
    decimals: int | None = None,
    steps: Steps | None = None,
    ranges: Sequence[tuple[float | None, float | None, State]] = (),
    empty: str = "–",
    about: str = "",
    trend: bool = False,
    called: Mapping[str, str] | None = None,
    width: int = 4,
    height: int = 4,
) -> stat.Panel:
    """Large figures: the last value of each series."""
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets(list(_lettered(queries)))
        .unit(unit)
        .no_value(empty)
        .thresholds(steps.build() if steps else _PLAIN)
        .mappings([*_ranges(ranges), _unmeasured(empty)])
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .color_mode(BigValueColorMode.BACKGROUND if steps or ranges else BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA if trend else BigValueGraphMode.NONE)
        .text_mode(BigValueTextMode.VALUE_AND_NAME if called else BigValueTextMode.AUTO)
        .span(width)
        .height(height)
    )
    for name, text in (called or {}).items():
        panel.override_by_name(name, _named(text))
    return panel if decimals is None else panel.decimals(decimals)


def lines(
    title: str,
    *queries: Query,
    unit: str = "locale",
    steps: Steps | None = None,
    called: Mapping[str, str] | None = None,
    about: str = "",
    least: float | None = 0,
    stacked: bool = False,
    bars: bool = False,
    width: int = 12,
    height: int = 8,
) -> timeseries.Panel:
    """Values over time, broken where nothing was measured. `bars`: what was counted within each step."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets(list(_lettered(queries)))
        .unit(unit)
        .draw_style(GraphDrawStyle.BARS if bars else GraphDrawStyle.LINE)
        .fill_opacity(70 if bars else 10)
        .line_width(0 if bars else 2)
        .span_nulls(False)
        .stacking(StackingConfig().mode(StackingMode.NORMAL if stacked else StackingMode.NONE))
        .legend(_legend())
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .span(width)
        .height(height)
    )
    if least is not None:
        panel.min(least)
    if steps:
        panel.thresholds(steps.build())
        panel.thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    for name, text in (called or {}).items():
        panel.override_by_name(name, _named(text))
    return panel


def shares(
    title: str, *queries: Query, unit: str = "locale", about: str = "", width: int = 8, height: int = 8
) -> piechart.Panel:
    """Parts of a whole, over the time shown."""
    legend = (
        piechart.PieChartLegendOptions()
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.RIGHT)
        .show_legend(True)
        .values([PieChartLegendValues.VALUE, PieChartLegendValues.PERCENT])
    )
    return (
        piechart.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets(list(_lettered(queries)))
        .unit(unit)
        .pie_type(PieChartType.DONUT)
        .reduce_options(ReduceDataOptions().calcs(["sum"]).values(False))
        .legend(legend)
        .span(width)
        .height(height)
    )


def rows(
    title: str,
    *queries: Query,
    columns: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    steps: Mapping[str, Steps] | None = None,
    texts: Mapping[str, str] | None = None,
    told: Mapping[str, State] | None = None,
    flags: Mapping[str, tuple[str, str]] | None = None,
    sort: tuple[str, bool] | None = None,
    about: str = "",
    width: int = 24,
    height: int = 10,
) -> table.Panel:
    """A table. `columns`: what each column of the answer is called, in their order; others are not shown.

    `texts`, `told`: what values are called, in which colour; `flags`: columns of 0 and 1, and what those are called.
    `sort`: the column's new name, largest first if True.
    Several answers become one table: rows that agree in every column they share are one row.
    """
    panel = (
        table.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets(list(_lettered(queries)))
        .mappings(
            [
                *_states(told or {}),
                *_states({value: State(text, "") for value, text in (texts or {}).items()}),
                _unmeasured(),
            ]
        )
        .filterable(True)
        .transformations(_as_table(columns, several=len(queries) > 1))
        .span(width)
        .height(height)
    )
    for name, unit in (units or {}).items():
        panel.override_by_name(columns[name], [dashboard.DynamicConfigValue("unit", unit)])
    for name, limits in (steps or {}).items():
        panel.override_by_name(
            columns[name],
            [
                dashboard.DynamicConfigValue("thresholds", limits.build().build()),
                dashboard.DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
            ],
        )
    for name, (off, on) in (flags or {}).items():
        spoken = [*_states({"0": State(off, ""), "1": State(on, "")}), _unmeasured()]
        panel.override_by_name(columns[name], [dashboard.DynamicConfigValue("mappings", spoken)])
    if sort:
        panel.sort_by([TableSortByFieldState().display_name(sort[0]).desc(sort[1])])
    return panel


def matrix(
    title: str,
    query: Query,
    *,
    row: str,
    column: str,
    value: str,
    corner: str,
    texts: Mapping[str, str],
    about: str = "",
    width: int = 12,
    height: int = 8,
) -> table.Panel:
    """A matrix: one row for each `row` of the answer, one column for each `column`, `value` where they meet."""
    panel = (
        table.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets([query])
        .mappings([*_states({name: State(text, "") for name, text in texts.items()}), _unmeasured()])
        .with_transformation(
            _change("groupingToMatrix", rowField=row, columnField=column, valueField=value, emptyValue="null")
        )
        .span(width)
        .height(height)
    )
    # What Grafana calls the first column; its header then stands for both.
    panel.override_by_name(f"{row}\\{column}", _named(corner))
    for name, text in texts.items():
        panel.override_by_name(name, _named(text))
    return panel


def states(
    title: str,
    query: Query,
    told: Mapping[str, State],
    *,
    called: Mapping[str, str] | None = None,
    about: str = "",
    width: int = 24,
    height: int = 9,
) -> statetimeline.Panel:
    """Which state held when, one band for each series."""
    panel = (
        statetimeline.Panel()
        .title(title)
        .description(about)
        .datasource(source())
        .targets([query])
        .mappings(_states(told))
        .thresholds(_PLAIN)
        .fill_opacity(80)
        .legend(VizLegendOptions().show_legend(True).placement(LegendPlacement.BOTTOM))
        .span(width)
        .height(height)
    )
    for name, text in (called or {}).items():
        panel.override_by_name(name, _named(text))
    return panel


def note(content: str, *, title: str = "", width: int = 24, height: int = 4) -> markdown.Panel:
    """A word to the reader, in Markdown."""
    panel = markdown.Panel().title(title).content(content).mode(TextMode.MARKDOWN).transparent(True)
    return panel.span(width).height(height)


def _lettered(queries: Sequence[Query]) -> list[Query]:
    return [query.as_ref(_letter(place)) for place, query in enumerate(queries)]


def _letter(place: int) -> str:
    return ascii_uppercase[place] if place < len(ascii_uppercase) else f"Q{place}"


def _as_table(columns: Mapping[str, str], *, several: bool) -> list[dashboard.DataTransformerConfig]:
    """Keep the named columns, make one table of several answers, then order and rename."""
    kept = _change("filterFieldsByName", include={"names": list(columns)})
    ordered = _change(
        "organize",
        excludeByName={},
        renameByName=dict(columns),
        indexByName={name: place for place, name in enumerate(columns)},
    )
    return [kept, _change("merge"), ordered] if several else [kept, ordered]


def _change(kind: str, **options: object) -> dashboard.DataTransformerConfig:
    return dashboard.DataTransformerConfig(id_val=kind, options=options)


def _named(text: str) -> Properties:
    return [dashboard.DynamicConfigValue("displayName", text)]


def _legend() -> VizLegendOptions:
    return VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True)


def _states(told: Mapping[str, State]) -> list[dashboard.ValueMapping]:
    if not told:
        return []
    options = {
        value: dashboard.ValueMappingResult(text=state.text, color=state.colour or None, index=place)
        for place, (value, state) in enumerate(told.items())
    }
    return [dashboard.ValueMap(options=options)]


def _unmeasured(text: str = "–") -> dashboard.ValueMapping:
    """What was not measured has no colour: it would take that of the lowest values, which may be the red one."""
    result = dashboard.ValueMappingResult(text=text, color="transparent")
    special = dashboard.DashboardSpecialValueMapOptions(match=dashboard.SpecialValueMatch.NULL, result=result)
    return dashboard.SpecialValueMap(options=special)


def _ranges(ranges: Sequence[tuple[float | None, float | None, State]]) -> list[dashboard.ValueMapping]:
    return [
        dashboard.RangeMap(
            options=dashboard.DashboardRangeMapOptions(
                from_val=low,
                to=high,
                result=dashboard.ValueMappingResult(text=state.text, color=state.colour, index=place),
            )
        )
        for place, (low, high, state) in enumerate(ranges)
    ]
