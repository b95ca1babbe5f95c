"""Plots as SVG images of their own, in the colours of the pages; the same figures stand in a table beside them."""

import re
from collections.abc import Sequence
from typing import Any

from services.portal.domain.labels import N_
from shared.requests import DayOfSource

HEIGHT, WIDTH = 220, 720
_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
COLOURS = ("#005a70", "#c8562b", "#6b4fa0", "#7a6a3a")
SERIES = (
    ("new", N_("nouvelles")),
    ("amended", N_("modifiées")),
    ("closed", N_("closes")),
    ("set_aside", N_("mises de côté")),
)


def volumes(days: Sequence[DayOfSource], say: dict[str, str]) -> bytes:
    """What changed in a source day by day, as stacked bars. `say` holds the label of each series."""
    import pygal  # when the first plot is drawn: it looks for its plugins at each import

    chart = pygal.StackedBar(
        style=_style(),
        height=HEIGHT,
        width=WIDTH,
        legend_at_bottom=True,
        js=[],
        disable_xml_declaration=True,
        x_label_rotation=30,
        show_minor_x_labels=False,
        x_labels_major_every=5,
        truncate_legend=-1,
        explicit_size=True,
        min_scale=1,
        max_scale=5,
        value_formatter=lambda value: f"{value:.0f}",
    )
    chart.x_labels = [day.day.strftime("%d/%m") for day in days]
    for name, _ in SERIES:
        chart.add(say[name], [getattr(day, name) for day in days])
    return _drawn(chart)


def counts(rows: Sequence[tuple[str, int]], name: str) -> bytes:
    """How often each thing came, as bars that lie, the first row on top. `name` is what is counted."""
    import pygal

    chart = pygal.HorizontalBar(
        style=_style(),
        height=max(HEIGHT, 60 + 34 * len(rows)),
        width=WIDTH,
        show_legend=False,
        js=[],
        disable_xml_declaration=True,
        explicit_size=True,
        value_formatter=lambda value: f"{value:.0f}",
    )
    most = max((count for _, count in rows), default=1)
    chart.y_labels = list(range(0, most + 1, -(-most // 6)))
    chart.x_labels = [label for label, _ in reversed(rows)]
    chart.add(name, [count for _, count in reversed(rows)])
    return _drawn(chart)


def _style() -> Any:
    from pygal.style import Style

    return Style(
        background="transparent",
        plot_background="transparent",
        colors=COLOURS,
        foreground="#2c3a3f",
        foreground_strong="#16242a",
        foreground_subtle="#6b7a80",
        font_family="sans-serif",
        label_font_size=13,
        legend_font_size=13,
        major_label_font_size=13,
    )


def _drawn(chart: Any) -> bytes:
    drawn: str = chart.render(is_unicode=True)
    return _SCRIPT.sub("", drawn).encode()  # it holds a script for its own viewer
