"""An approach before, during and after an action, as options of an EChart. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from collector.console.words import Words
from collector.signals.before_after import REACH, Course

_QUIET, _LINE = "#93a1b8", "#22304a"
_QUEUE, _FLOW, _ACTION = "#ff9a5a", "#5db1ef", "rgba(53,197,143,0.22)"


def before_after(course: Course, began: datetime, ended: datetime, t: Words) -> dict[str, object]:
    """Queue and flow over the span, with the time of the action as a band between them."""
    shift = began.astimezone(t.zone).utcoffset() or timedelta()

    def at(time: datetime) -> int:
        """The browser's axis counts in UTC: so that it shows the city's clock, whatever the browser's own is."""
        return int((time + shift).timestamp() * 1000)

    band = [{"xAxis": at(began)}, {"xAxis": max(at(ended), at(began) + 2000)}]
    return {
        "useUTC": True,
        "animationDuration": 300,
        "aria": {"enabled": True, "label": {"description": t("effect.description", approach=course.approach)}},
        "textStyle": {"fontFamily": "Roboto, sans-serif", "color": _QUIET},
        "legend": {"textStyle": {"color": _QUIET}, "top": 0, "left": "center"},
        "grid": {"left": 50, "right": 58, "top": 34, "bottom": 26},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "time",
            "min": at(began - REACH),
            "max": at(ended + REACH),
            "axisLine": {"lineStyle": {"color": _LINE}},
            "axisLabel": {"color": _QUIET, "hideOverlap": True},
        },
        "yAxis": [_axis(t("effect.queue_axis"), "left"), _axis(t("effect.flow_axis"), "right")],
        "series": [
            {
                **_line(t("effect.queue"), _QUEUE, 0),
                "data": [[at(one.time), one.queue_m] for one in course.moments],
                "markArea": {"silent": True, "itemStyle": {"color": _ACTION}, "data": [band]},
            },
            {
                **_line(t("effect.flow"), _FLOW, 1),
                "data": [[at(one.time), round(one.flow_pcu_h)] for one in course.moments],
            },
        ],
    }


def _axis(name: str, side: str) -> dict[str, object]:
    return {
        "type": "value",
        "name": name,
        "position": side,
        "min": 0,
        "nameTextStyle": {"color": _QUIET},
        "splitLine": {"show": side == "left", "lineStyle": {"color": _LINE}},
        "axisLabel": {"color": _QUIET},
    }


def _line(name: str, colour: str, axis: int) -> dict[str, object]:
    return {
        "name": name,
        "type": "line",
        "yAxisIndex": axis,
        "symbolSize": 6,
        "connectNulls": False,
        "lineStyle": {"color": colour, "width": 2},
        "itemStyle": {"color": colour},
    }
