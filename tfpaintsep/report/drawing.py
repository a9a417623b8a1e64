"""What the sheets draw with.

Figures are drawn on their own Agg canvas, never through pyplot, so that nothing here depends on
or changes matplotlib's global state. (`savefig` picks the canvas that a format needs.)
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib_scalebar.scalebar import ScaleBar

from tfpaintsep.files import replacing
from tfpaintsep.report.panel import Panel, number

DPI = 150
INK, SOFT = "#1c1c1c", "#5a5a5a"
_STAMP = "#9a4a00"


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches."""
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def draw_panel(
    figure: Figure, panel: Panel, place: Any, sheet_height: int, pixel_size_mm: float | None
) -> None:
    """Draw a picture with its title, stamp, scale and, on a photograph, scale bar.

    Args:
        figure: The sheet.
        panel: The picture.
        place: (left, bottom, width, height) of the picture, in shares of the sheet.
        sheet_height: Height of the sheet, pixels.
        pixel_size_mm: Width of a pixel of the original, for the scale bar; None draws none.
    """
    axes = figure.add_axes(place)
    axes.set_axis_off()
    pixels = panel.pixels(1200)
    axes.imshow(pixels, interpolation="antialiased")
    if panel.key == "photograph" and pixel_size_mm:
        axes.add_artist(
            ScaleBar(
                pixel_size_mm * panel.values.shape[1] / pixels.shape[1],
                "mm",
                location="lower right",
                length_fraction=0.3,
                color="white",
                box_color="black",
                box_alpha=0.55,
                font_properties={"size": 9},
            )
        )
    left, bottom, width, height = place
    line = 1 / sheet_height
    points = 72 * width * figure.get_size_inches()[0]
    figure.text(
        *(left, bottom + height + 38 * line, panel.title),
        color=INK, size=min(13.0, points / (0.68 * len(panel.title))), weight="bold",
        parse_math=False,
    )  # fmt: skip
    computed = panel.is_computed
    figure.text(
        *(left, bottom + height + 12 * line, panel.stamp),
        color=_STAMP if computed else SOFT,
        size=min(10.0, points / (0.6 * len(panel.stamp))),
        style="italic" if computed else "normal",
    )
    if panel.has_scale:
        bar = figure.add_axes((left, bottom - 18 * line, width, 9 * line))
        ramp = np.linspace(0, 1, 256)[None]
        bar.imshow(ramp, aspect="auto", cmap=panel.colours, vmin=0, vmax=1)
        _frame_only(bar)
        ends = [(0.0, panel.low, "left"), (1.0, panel.high, "right")]
        for x, value, side in [*ends, *([(0.5, 0.0, "center")] if panel.diverging else [])]:
            text = number(value) if not panel.diverging or value <= 0 else f"+{number(value)}"
            bar.text(x, -0.5, text, transform=bar.transAxes, ha=side, va="top", size=9.5)


def _frame_only(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(linewidth=0.5, color=SOFT)


def save(figure: Figure, path: Path, **options: Any) -> None:
    """Write a figure in one step; `options` are those of matplotlib's `savefig`."""
    with replacing(path) as part:
        figure.savefig(part, **options)
