"""Options of the ECharts on the junction page. Pure: what to draw, in the words of one language."""

from __future__ import annotations

from datetime import datetime, timedelta

from collector.console.drawing import CLASS_COLOURS
from collector.console.picture_of_now import BIN_S, Flow
from collector.console.words import Words
from contract import TRAFFIC

_QUIET, _LINE = "#93a1b8", "#22304a"


def last_hour(flow: Flow, start: datetime, t: Words) -> dict[str, object]:
    """Vehicles in each five minutes of the hour, stacked by class; where nobody saw, a hatched band says so."""
    names = [t.clock(start + timedelta(seconds=BIN_S * place)) for place in range(len(flow.bins))]
    series: list[dict[str, object]] = [
        {
            "name": t(f"class.{kind}"),
            "type": "bar",
            "stack": "all",
            "barCategoryGap": "22%",
            "itemStyle": {"color": CLASS_COLOURS[kind]},
            "data": [None if part is None else part.get(kind, 0) for part in flow.bins],
        }
        for kind in TRAFFIC
    ]
    series.append(
        {
            "name": t("chart.unseen"),
            "type": "bar",
            "xAxisIndex": 1,
            "yAxisIndex": 1,
            "barWidth": "100%",
            "silent": True,
            "tooltip": {"show": False},
            "itemStyle": {
                "color": "rgba(183,155,255,0.12)",
                "decal": {
                    "color": "rgba(183,155,255,0.45)",
                    "dashArrayX": [1, 0],
                    "dashArrayY": [2, 6],
                    "rotation": -0.8,
                },
            },
            "data": [1 if part is None else None for part in flow.bins],
        }
    )
    return {
        "animationDuration": 300,
        "aria": {"enabled": True, "label": {"description": t("chart.description")}},
        "textStyle": {"fontFamily": "Roboto, sans-serif", "color": _QUIET},
        "grid": {"left": 46, "right": 8, "top": 26, "bottom": 26},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": [
            {
                "type": "category",
                "data": names,
                "axisLine": {"lineStyle": {"color": _LINE}},
                "axisTick": {"show": False},
                "axisLabel": {"color": _QUIET, "interval": 2},
            },
            {"type": "category", "data": names, "show": False},
        ],
        "yAxis": [
            {
                "type": "value",
                "name": t("chart.per_bin"),
                "nameTextStyle": {"color": _QUIET, "align": "left", "padding": [0, 0, 0, -36]},
                "minInterval": 1,
                "splitLine": {"lineStyle": {"color": _LINE}},
                "axisLabel": {"color": _QUIET},
            },
            {"type": "value", "show": False, "min": 0, "max": 1},
        ],
        "series": series,
    }
