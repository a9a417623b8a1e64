"""Methods side by side on one case: their results, and where these are wrong.

Results share one grey or colour scale, errors another, so that pictures compare. The scale of the
errors is that of the answer which costs nothing, half of the radiograph or the enlarged maps: a
method whose error map is fainter is better than that, whatever the company.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from tfpaintsep.evaluation.methods import Method
from tfpaintsep.evaluation.peers.interpolation import bicubic
from tfpaintsep.images.decoding import decode
from tfpaintsep.images.element_maps import read_element_maps
from tfpaintsep.report.drawing import DPI, INK, SOFT, new_figure, save
from tfpaintsep.report.panel import Array, reach, shrink, value_range

from .case import Case
from .jobs import JobFolder, Record
from .scoring import Scores, printed

MOST = 8
"""Methods in one figure; more could not be told apart."""

_WIDE = 1.75  # inches of a picture's width: words stand above it
_HEADS = (0.57, 0.42)  # inches above the pictures of a row, of results and of errors
_GAP, _SIDE, _LINE, _TOP = 0.07, 0.75, 0.15, 0.36  # inches around the pictures
_EXPLAINED = {
    "sep": "Computed hypotheses, seed 0. Errors: estimate minus known layer, red too large, blue "
    "too small, in units of full scale; their scale is that of half the radiograph taken for each "
    "layer, larger ones are cut off. SDRi and SIRi in dB.",
    "sr": "Computed hypotheses, seed 0. Errors: estimate minus known map, red too large, blue too "
    "small, in shares of its range; their scale is that of bicubic interpolation, larger ones are "
    "cut off.",
}


@dataclass(frozen=True, eq=False)
class _Picture:
    """One place of the sheet: an image, the colours it is shown in, and words above."""

    values: Array
    title: str
    line: str
    colours: Colormap | None = None
    ends: tuple[float, float] = (0.0, 1.0)


_USUAL = (
    *("halving", "colour-regression", "colour-regression-split", "fast-ica"),
    *("connected-autoencoder", "cista", "lcista-paper", "lcista-fast"),
    *("bicubic", "bicubic-projected", "guided-filter-projected", "cnmf-projected"),
    *("ssr", "ssrcu", "generator-adversarial", "fast"),
)
_Rows = list[list[_Picture | None]]
"""The sheet's rows; the last picture of each has the scale of all but the first."""


def default_methods(methods: Mapping[str, Method[Any]], means: Mapping[str, float]) -> list[str]:
    """The methods a figure shows unless told otherwise: one of each kind, and the best others.

    Args:
        methods: By name, in the table's order.
        means: By name the mean score, more is better; methods that failed are left out.
    """
    chosen = [name for name in _USUAL if name in means][:MOST]
    others = sorted((name for name in means if name not in chosen), key=means.__getitem__)
    chosen += others[::-1][: MOST - len(chosen)]
    return [name for name in methods if name in chosen]


def draw_case(
    path: Path,
    case: Case,
    records: Sequence[Record],
    methods: Mapping[str, Method[Any]],
    folder: JobFolder,
) -> None:
    """Write the figure of a case.

    Args:
        path: The PNG file.
        case: With what is known.
        records: Those to be shown, of one case, one a method; failed ones are passed over.
        methods: By name.
        folder: Where the results are.
    """
    shown = [record for record in records if record.scores is not None]
    rows = (_layers if case.task == "sep" else _maps)(case, shown, methods, folder)
    save(_sheet(case, rows), path, format="png", dpi=DPI)


def _layers(
    case: Case, records: Sequence[Record], methods: Mapping[str, Method[Any]], folder: JobFolder
) -> _Rows:
    known = case.images
    grey, ends = colormaps["gray"], value_range(known["surface"], known["concealed"])
    halves = known["xray"] / 2
    worst = reach(*(halves - known[layer] for layer in ("surface", "concealed")))
    rows: _Rows = []
    for layer, (title, given) in {
        "surface": ("Known surface layer", ("Photograph", known["rgb"], None, (0.0, 1.0))),
        "concealed": (
            "Known concealed layer",
            ("Mixed radiograph", known["xray"], grey, value_range(known["xray"])),
        ),
    }.items():
        name, values, colours, own = given
        line = "on its own grey scale" if layer == "concealed" else "the surface"
        upper: list[_Picture | None] = [_Picture(known[layer], title, "", grey, ends)]
        lower: list[_Picture | None] = [_Picture(values, name, line, colours, own)]
        for record in records:
            estimate = decode(folder.estimate(record.job, layer)).samples / case.gain
            scores = record.scores or {}
            method = methods[record.job.method].title
            upper.append(_Picture(estimate, method, _of_layer(scores, layer), grey, ends))
            error = estimate - known[layer]
            rms = float(np.sqrt(np.mean(error**2)))
            lower.append(_Picture(error, "", f"error, RMS {rms:.3f}", cm.vik, (-worst, worst)))
        rows += [upper, lower]
    return rows


def _of_layer(scores: Scores, layer: str) -> str:
    row = scores[layer]
    pairs = (("SDRi", row.get("sdri")), ("SIRi", row.get("siri")))
    return ", ".join(
        f"{name} {printed(value, '.1f')}".replace("-", "−")
        for name, value in pairs
        if value is not None
    )


def _maps(
    case: Case, records: Sequence[Record], methods: Mapping[str, Method[Any]], folder: JobFolder
) -> _Rows:
    truth, coarse = case.images["truth"], case.images["maps"]
    span = np.ptp(truth, axis=(0, 1))
    enlarged = bicubic(coarse, case.scale)
    # The map that interpolation gets most wrong shows best what a method adds.
    band = int(np.argmax(np.mean(((enlarged - truth) / span) ** 2, axis=(0, 1))))
    name, known = case.names[band], truth[..., band]
    ends, worst = value_range(known), reach((enlarged[..., band] - known) / span[band])
    upper: list[_Picture | None] = [_Picture(known, f"Known map, {name}", "", cm.lajolla, ends)]
    lower: list[_Picture | None] = [_Picture(case.images["rgb"], "Photograph", "the surface")]
    upper.append(_Picture(coarse[..., band], "Measured map", f"{name}, coarse", cm.lajolla, ends))
    lower.append(None)
    for record in records:
        estimate = read_element_maps(
            folder.estimate(record.job, "maps"), allow_constant=True
        ).ordered(case.names)
        title, scores = methods[record.job.method].title, record.scores or {}
        values = estimate.values[..., band]
        psnr = scores[name]["psnr"]
        line = "" if psnr is None else f"{name} {psnr:.1f} dB"
        upper.append(_Picture(values, title, line, cm.lajolla, ends))
        error = (values - known) / span[band]
        rms = float(np.sqrt(np.mean(error**2)))
        lower.append(_Picture(error, "", f"error, RMS {rms:.3f}", cm.vik, (-worst, worst)))
    return [upper, lower]


def _sheet(case: Case, rows: _Rows) -> Figure:
    height, width = case.size
    across, down = _WIDE, _WIDE * height / width
    columns = len(rows[0])
    sheet_w = columns * (across + _GAP) + _SIDE + 0.15
    words = textwrap.wrap(_EXPLAINED[case.task], int(sheet_w * 16))
    foot = _GAP + _LINE * (len(words) + 1)
    sheet_h = _TOP + len(rows) * (down + sum(_HEADS) / 2) + foot
    figure = new_figure(sheet_w, sheet_h)

    def box(row: int, column: float) -> tuple[float, float, float, float]:
        left = 0.12 + column * (across + _GAP)
        heads = row // 2 * sum(_HEADS) + sum(_HEADS[: row % 2 + 1])
        bottom = sheet_h - _TOP - (row + 1) * down - heads + _GAP
        return left / sheet_w, bottom / sheet_h, across / sheet_w, down / sheet_h

    figure.text(
        *(0.12 / sheet_w, 1 - 0.12 / sheet_h, f"{case.name}, {height} x {width} px"),
        color=INK, size=12, weight="bold", va="top", parse_math=False,
    )  # fmt: skip
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            if picture is not None:
                _draw(figure, figure.add_axes(box(i, j)), picture)
        left, bottom, _, high = box(i, columns)
        if row[-1] is not None and row[-1].colours is not None:
            bar = figure.add_axes((left + 0.05 / sheet_w, bottom, 0.11 / sheet_w, high))
            _scale(figure, bar, row[-1])
    figure.text(
        *(0.12 / sheet_w, foot / sheet_h - _LINE / 2 / sheet_h, "\n".join(words)),
        color=SOFT, size=8, va="top", linespacing=1.25, parse_math=False,
    )  # fmt: skip
    return figure


def _draw(figure: Figure, axes: Axes, picture: _Picture) -> None:
    axes.set_axis_off()
    low, high = picture.ends
    axes.imshow(
        shrink(picture.values, 600),
        cmap=picture.colours, vmin=low, vmax=high, aspect="auto", interpolation="antialiased",
    )  # fmt: skip
    inches = axes.get_position().width * figure.get_figwidth()
    title = textwrap.wrap(picture.title.replace("`", ""), int(inches * 12))[:2]
    for text, offset, size, weight, colour in (
        ("\n".join(title), 13, 8.5, "bold", INK),
        (picture.line, 3, 8.0, "normal", SOFT),
    ):
        axes.annotate(
            text, (0, 1), (0, offset), xycoords="axes fraction", textcoords="offset points",
            size=size, weight=weight, color=colour,
        )  # fmt: skip


def _scale(figure: Figure, axes: Axes, picture: _Picture) -> None:
    mappable = ScalarMappable(Normalize(*picture.ends), picture.colours)
    bar = figure.colorbar(mappable, cax=axes)
    bar.ax.tick_params(labelsize=7.5, length=2, color=SOFT, labelcolor=INK)
    bar.outline.set(linewidth=0.5, edgecolor=SOFT)
