"""Figures as files: the contact sheet of a separation and the curves of its training."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tfpaintsep.report.curves import draw_curves, draw_overlaid
from tfpaintsep.report.drawing import DPI, INK, draw_panel, new_figure, save
from tfpaintsep.report.pictures import Pictures, panels

Scores = Mapping[str, Mapping[str, float | None]]

_SIZE = 11  # points, of the scores
_AREA = 600 * 600  # pixels of one picture on the sheet, whatever its shape
_MARGIN, _GAP, _ABOVE, _BELOW = 45, 40, 72, 58  # pixels around each picture
_ROWS = (
    ("photograph", "radiograph", "surface", "concealed", "residual"),
    ("", "error-surface", "true-surface", "true-concealed", "error-concealed"),
)


def contact_sheet(pictures: Pictures, path: Path | str, *, scores: Scores | None = None) -> None:
    """Write one PNG with everything a person wants to see of a separation.

    The upper row reads photograph, radiograph = surface + concealed + residual; known layers
    and error maps, where there are any, are below. Under each picture stands its range.

    Args:
        pictures: What is to be seen.
        path: The PNG file, replaced in one step.
        scores: By layer ("surface", "concealed"), then by metric ("skill", "sdri", "siri").
    """
    by_key = {panel.key: panel for panel in panels(pictures)}
    rows = [row for row in _ROWS if any(key in by_key for key in row)]
    width, height = _cell(pictures.size)
    sheet_width, sheet_height = sheet_size(pictures)
    figure = new_figure(sheet_width / DPI, sheet_height / DPI)
    for i, row in enumerate(rows):
        for j, key in enumerate(row):
            left = _MARGIN + j * (width + _GAP)
            bottom = sheet_height - _MARGIN - i * _GAP - (i + 1) * (_ABOVE + height + _BELOW)
            box = (left, bottom + _BELOW, width, height)
            place = tuple(np.divide(box, (sheet_width, sheet_height) * 2))
            if key in by_key:
                draw_panel(figure, by_key[key], place, sheet_height, pictures.pixel_size_mm)
            elif i == 1 and j == 0:
                _draw_scores(figure, place, scores)
    save(figure, Path(path), format="png", dpi=DPI)


def sheet_size(pictures: Pictures) -> tuple[int, int]:
    """Width and height in pixels of the contact sheet of these pictures."""
    width, height = _cell(pictures.size)
    count = 1 if pictures.true_surface is None and pictures.true_concealed is None else 2
    return (
        2 * _MARGIN + 5 * width + 4 * _GAP,
        2 * _MARGIN + count * (_ABOVE + height + _BELOW) + (count - 1) * _GAP,
    )


def loss_curves(history: Sequence[Mapping[str, float]], path: Path | str) -> None:
    """Write the loss terms (log scale) and the learned scalars against the step.

    Args:
        history: One mapping a row, as `history.csv` holds them: "step", "loss", "loss/...",
            "scalars/...".
        path: A PNG, SVG or PDF file, by its suffix, replaced in one step.

    Raises:
        ValueError: If the history is empty.
    """
    figure = new_figure(11.0, 4.2)
    draw_curves(figure, history, ink=INK)
    path = Path(path)
    save(figure, path, format=path.suffix.lstrip(".") or "png", dpi=DPI)


def loss_curves_svg(history: Sequence[Mapping[str, float]]) -> str:
    """The same curves as an `<svg>` element that takes its ink from the page around it.

    Raises:
        ValueError: If the history is empty.
    """
    return _as_svg(4.2, lambda figure, ink: draw_curves(figure, history, ink=ink))


def overlaid_curves_svg(histories: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """The loss and its terms of several runs as an `<svg>` element.

    Args:
        histories: By a run's short name, the rows of its `history.csv`.

    Raises:
        ValueError: If no run has a row.
    """
    return _as_svg(7.2, lambda figure, ink: draw_overlaid(figure, histories, ink=ink))


def _as_svg(height: float, draw: Callable[[Figure, str], None]) -> str:
    ink = "#123457"  # a colour nothing else has, to be replaced
    figure = new_figure(11.0, height)
    figure.patch.set_alpha(0.0)
    draw(figure, ink)
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(ink, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # The page gives the picture its width and its description.
    text = re.sub(r'^<svg ([^>]*?)width="[^"]*"', r"<svg \1", text, count=1)
    return re.sub(r'^<svg ([^>]*?) height="[^"]*"', r"<svg \1", text, count=1).strip()


def _cell(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height in pixels that a picture gets on the sheet."""
    aspect = float(np.clip(size[1] / size[0], 0.4, 2.5))
    return round(np.sqrt(_AREA * aspect)), round(np.sqrt(_AREA / aspect))


def _draw_scores(figure: Figure, place: Any, scores: Scores | None) -> None:
    lines: list[tuple[str, str]] = [("bold", "Against the known layers")]
    for name in ("surface", "concealed"):
        found = (scores or {}).get(name)
        if found:
            lines.append(("bold", f"\n{name.capitalize()} layer"))
            for key, label, unit in (("skill", "skill", ""), ("sdri", "SDRi", " dB"),
                                     ("siri", "SIRi", " dB")):  # fmt: skip
                value = found.get(key)
                text = "–" if value is None else f"{value:+.2f}{unit}".replace("-", "−")
                lines.append(("normal", f"{label}  {text}"))
    lines.append(("normal", "\nHalving the radiograph\nscores 0 in each.\n\nError maps: red is\n"
                            "too bright, blue too dark;\none scale for both."))  # fmt: skip
    top = 1.0
    axes = figure.add_axes(place)
    axes.set_axis_off()
    inches = place[3] * figure.get_size_inches()[1]
    for weight, text in lines:
        axes.text(0, top, text, transform=axes.transAxes, va="top", size=_SIZE, weight=weight,
                  color=INK, linespacing=1.35)  # fmt: skip
        top -= (text.count("\n") + 1) * _SIZE * 1.5 / 72 / inches
