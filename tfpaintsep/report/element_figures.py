"""The contact sheet of a super-resolution: photograph, then a row of pictures per element."""

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tfpaintsep.report.drawing import DPI, INK, draw_panel, new_figure, save
from tfpaintsep.report.element_pictures import ElementPictures, element_panels, photograph_panel
from tfpaintsep.report.element_scores import METRICS, StackRows
from tfpaintsep.report.scores import decimal

MOST_ELEMENTS = 8
_AREA = 460 * 460  # pixels of one picture on the sheet, whatever its shape
_LEAST_WIDTH = 330  # pixels; below, titles and scales would run into each other
_MARGIN, _GAP, _ABOVE, _BELOW = 45, 40, 72, 58  # pixels around each picture
_LINE, _CHARACTER = 30, 12.8  # pixels: a line of text, and no less than a character on average


def element_contact_sheet(
    pictures: ElementPictures, path: Path | str, *, scores: StackRows | None = None
) -> None:
    """Write one PNG with everything a person wants to see of a super-resolution.

    The photograph and what the sheet shows come first; then a row for each of the first eight
    elements: measured, computed, known map where there is one, added detail, error, and how far
    repeated trainings disagree where that is known.

    Args:
        pictures: What is to be seen.
        path: The PNG file, replaced in one step.
        scores: As `StackScores.as_rows` gives them, None when no map is known.
    """
    width, height = _cell(pictures.size)
    sheet_width, sheet_height = element_sheet_size(pictures)
    figure = new_figure(sheet_width / DPI, sheet_height / DPI)
    shown = range(min(len(pictures.names), MOST_ELEMENTS))
    rows = [[photograph_panel(pictures)], *(element_panels(pictures, i) for i in shown)]
    for i, row in enumerate(rows):
        bottom = sheet_height - _MARGIN - i * _GAP - (i + 1) * (_ABOVE + height + _BELOW)
        for j, panel in enumerate(row):
            box = (_MARGIN + j * (width + _GAP), bottom + _BELOW, width, height)
            place = tuple(np.divide(box, (sheet_width, sheet_height) * 2))
            draw_panel(figure, panel, place, sheet_height, pictures.pixel_size_mm)
    _write_words(figure, pictures, scores, left=_MARGIN + width + _GAP, top=_MARGIN)
    save(figure, Path(path), format="png", dpi=DPI)


def element_sheet_size(pictures: ElementPictures) -> tuple[int, int]:
    """Width and height in pixels of the contact sheet of these pictures."""
    width, height = _cell(pictures.size)
    columns = (3 if pictures.truth is None else 5) + (pictures.disagreement is not None)
    rows = 1 + min(len(pictures.names), MOST_ELEMENTS)
    return (
        2 * _MARGIN + columns * width + (columns - 1) * _GAP,
        2 * _MARGIN + rows * (_ABOVE + height + _BELOW) + (rows - 1) * _GAP,
    )


def _cell(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height in pixels that a picture gets on the sheet."""
    aspect = float(np.clip(size[1] / size[0], 0.3, 3.0))
    width = max(np.sqrt(_AREA * aspect), _LEAST_WIDTH)
    return round(width), round(width / aspect)


def _write_words(
    figure: Figure, pictures: ElementPictures, scores: StackRows | None, *, left: int, top: int
) -> None:
    """Write what the sheet shows, and the scores: below, or beside where that is too long."""
    _, height = _cell(pictures.size)
    sheet_width = element_sheet_size(pictures)[0]
    room = sheet_width - left - _MARGIN
    about, scored = _about(pictures), _scored(pictures, scores) if scores else []
    lines = _wrapped([*about, *([("normal", ""), *scored] if scored else [])], room)
    if not scored or len(lines) * _LINE <= _ABOVE + height + _BELOW:
        _write_lines(figure, lines, left, top)
        return
    _write_lines(figure, _wrapped(about, room // 2 - _GAP), left, top)
    _write_lines(figure, _wrapped(scored, room // 2), left + room // 2, top)


def _about(pictures: ElementPictures) -> list[tuple[str, str]]:
    scale, rest = pictures.scale, pictures.names[MOST_ELEMENTS:]
    but = ", but for counting noise that was taken out" if pictures.denoised else ""
    agreement = (
        f"Averaged over {scale} × {scale} pixels, the computed maps are the measured ones{but}."
        if pictures.operator == "mean"
        else f"Every {scale}th pixel of the computed maps is the measured one{but}."
    )
    lines = [
        ("bold", f"Element maps, {scale} times finer than measured"),
        ("normal", agreement),
        ("normal", "Finer detail is inferred, with the photograph as a guide: a hypothesis."),
        (
            "normal",
            "The maps of a row share one colour scale, its differences another: red is more, "
            "blue is less.",
        ),
    ]
    return [*lines, *([("normal", f"Not shown: {', '.join(rest)}.")] if rest else [])]


def _scored(pictures: ElementPictures, scores: StackRows) -> list[tuple[str, str]]:
    lines = [("bold", "Against the known maps")]
    shown = pictures.names[:MOST_ELEMENTS]
    found = [(name, scores["elements"].get(name, {})) for name in shown]
    for name, row in [*found, ("all maps", scores["pooled"])]:
        values = (
            f"{title.partition(',')[0]} {decimal(row.get(key), digits)}"
            f"{' dB' if key == 'psnr' else ''}"
            for key, title, digits in METRICS
        )
        lines.append(("normal", f"{name}:  {',  '.join(values)}"))
    return lines


def _wrapped(lines: list[tuple[str, str]], room: int) -> list[tuple[str, str]]:
    """Break lines that are longer than so many pixels."""
    return [
        (weight, part)
        for weight, text in lines
        for part in textwrap.wrap(text, max(1, int(room / _CHARACTER))) or [""]
    ]


def _write_lines(figure: Figure, lines: list[tuple[str, str]], left: int, top: int) -> None:
    sheet_width, sheet_height = figure.get_size_inches() * DPI
    for i, (weight, text) in enumerate(lines):
        y = 1 - (top + 28 + _LINE * i) / sheet_height
        figure.text(
            *(left / sheet_width, y, text),
            size=10.5, weight=weight, color=INK, va="top", parse_math=False,
        )  # fmt: skip
