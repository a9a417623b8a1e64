"""Who leaks and who distorts: each method as a point, leakage against distortion."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tfpaintsep.evaluation.methods import Method
from tfpaintsep.report.drawing import DPI, INK, SOFT, new_figure, save

from .case import Case
from .jobs import Record
from .scoring import METRICS
from .summary import Row, rows_of
from .tables import GROUPS

Point = tuple[float, float, int]
"""Where a method is, and its number."""

_SHOWN = [metric for metric in METRICS["sep"] if metric.key in ("sdri", "siri")]
_LOWEST = -12.0
"""SDRi in dB below which a method is drawn at this place, as an arrow."""
_LEGEND = 3.4  # inches
_NEAR = 0.07, 0.035  # of the axes; points no further apart share a label, wide as it is


def draw_trade_off(
    path: Path, records: Sequence[Record], cases: Sequence[Case], methods: Mapping[str, Method[Any]]
) -> None:
    """Write the figure: one panel for each group of cases, SDRi upwards, SIRi to the right.

    Args:
        path: The PNG file.
        records: Of a separation benchmark.
        cases: All of its cases.
        methods: By name.
    """
    names = {case.name: case.group for case in cases}
    groups = [group for group in GROUPS if group in names.values()]
    panels = {
        group: rows_of(
            [record for record in records if names[record.job.case] == group], methods, _SHOWN
        )
        for group in groups
    }
    numbers = {name: number for number, name in enumerate(methods, start=1)}
    figure = new_figure(4.6 * len(groups) + _LEGEND, max(4.4, 0.85 + 0.2 * len(methods)))
    figure.set_layout_engine("constrained", rect=(0, 0, 1 - _LEGEND / figure.get_figwidth(), 1))
    drawn: set[int] = set()
    for place, (group, rows) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(1, len(groups), place)
        members = [name for name, own in names.items() if own == group]
        words = f"{GROUPS[group]}: mean of {len(members)}" if len(members) > 1 else members[0]
        axes.set_title(words, size=11, color=INK, loc="left")
        axes.axhline(0, color=SOFT, linewidth=0.6)
        axes.axvline(0, color=SOFT, linewidth=0.6)
        points = [
            _point(axes, row, numbers[row.method.name], len(methods))
            for row in rows
            if {"sdri", "siri"} <= set(row.values)
        ]
        axes.set_xlabel("SIRi, dB: less leakage of the other layer →")
        if place == 1:
            axes.set_ylabel("SDRi, dB: closer to the layer →")
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(0.1)
        axes.set_ylim(bottom=min(axes.get_ylim()[0], -1.0))
        _label(axes, points)
        drawn.update(number for *_, number in points)
    _legend(figure, methods, numbers, drawn)
    save(figure, path, format="png", dpi=DPI)


def _point(axes: Axes, row: Row, number: int, count: int) -> Point:
    (y, dy), (x, dx) = row.values["sdri"], row.values["siri"]
    below, y = y < _LOWEST, max(y, _LOWEST)  # an arrow: the others would lie in a heap
    colour = cm.batlow((number - 1) / max(count - 1, 1) * 0.8)
    axes.errorbar(x, y, xerr=dx, yerr=None if below else dy, color=colour, lw=0.9, capsize=2)
    axes.plot(
        *(x, y, "v" if below else "o"), markersize=7,
        markerfacecolor=colour if row.method.learned else "white", markeredgecolor=colour,
    )  # fmt: skip
    return x, y, number


def heaps(points: Iterable[Point], near: tuple[float, float]) -> list[list[Point]]:
    """Points that lie together, also by way of others.

    Args:
        points: In any order.
        near: How far apart neighbours may be along each axis, in its units.
    """
    found: list[list[Point]] = []
    for x, y, number in points:
        mine, others = [(x, y, number)], []
        for heap in found:
            if any(abs(x - a) < near[0] and abs(y - b) < near[1] for a, b, _ in heap):
                mine += heap
            else:
                others.append(heap)
        found = [*others, mine]
    return found


def _label(axes: Axes, points: list[Point]) -> None:
    """Number the points; those that lie together have one label."""
    low_x, high_x = axes.get_xlim()
    low_y, high_y = axes.get_ylim()
    near = _NEAR[0] * (high_x - low_x), _NEAR[1] * (high_y - low_y)
    for heap in heaps(points, near):
        right = max(heap)
        text = ", ".join(str(number) for number in sorted(number for *_, number in heap))
        axes.annotate(
            text, right[:2], (5, 5), textcoords="offset points", size=8, weight="bold", color=INK
        )


def _legend(
    figure: Figure,
    methods: Mapping[str, Method[Any]],
    numbers: dict[str, int],
    drawn: Collection[int],
) -> None:
    width, height = figure.get_size_inches()
    left, top = 1 - (_LEGEND - 0.15) / width, 1 - 0.32 / height
    for line, (name, method) in enumerate(methods.items()):
        title = method.title.replace("`", "")
        figure.text(
            *(left, top - 0.2 * line / height, f"{numbers[name]:>2}  {title}"),
            color=INK if numbers[name] in drawn else SOFT,
            size=8.5 * min(1, 40 / len(title)),
            va="top",
            weight="bold" if method.learned else "normal",
        )
    words = "filled, bold: trained on each case;\nbars: ± over seeds; arrow: further down"
    if len(drawn) < len(methods):
        words += "\ngrey: failed, or a layer is empty"
    figure.text(left, 0.1 / height, words, color=SOFT, size=8)
