"""LCISTA over a grid of two settings, and the heat map of Pu et al. 2022, Fig. 8.

Reference:
    W. Pu et al., "Mixed X-ray image separation for artworks with concealed designs",
    IEEE Transactions on Image Processing, 2022, Fig. 8.
"""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from cmcrameri import cm
from matplotlib.patches import Rectangle
from pydantic import ValidationError

from tfpaintsep.errors import InputError
from tfpaintsep.report.drawing import DPI, INK, new_figure, save
from tfpaintsep.separation.config import SeparationConfig

from .jobs import Record
from .scoring import METRICS

METHOD = "lcista-fast"
"""The method that is run over the grid."""

Grid = dict[str, list[Any]]
"""By path of the setting, its values."""


def read_grid(specifications: Sequence[str]) -> Grid:
    """Read the grid from "eta1=0.01,0.1" and another one like it.

    Args:
        specifications: KEY=V1,V2,...; KEY is a path such as loss.eta1, or its last part where only
            one section has it.

    Raises:
        InputError: If there are not two, or one names no setting or a value that does not fit.
    """
    grid: Grid = {}
    for specification in specifications:
        key, equals, values = specification.partition("=")
        try:
            parsed = [yaml.safe_load(value) for value in values.split(",") if value.strip()]
        except yaml.YAMLError:  # such as the halves of a list
            parsed = []
        if not equals or not parsed or any(isinstance(value, list | dict) for value in parsed):
            raise _refusal("KEY=V1,V2,... such as eta1=0.01,0.1", specification)
        path = _path(key.strip())
        for value in parsed:
            _check(path, value)
        grid[path] = parsed
    if len(grid) != 2:
        raise _refusal(
            "two settings, the axes of the heat map", ", ".join(specifications) or "none"
        )
    return grid


def points(grid: Grid) -> list[dict[str, Any]]:
    """All combinations of the grid's values."""
    return [
        dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
    ]  # fmt: skip


def draw_sweep(
    path: Path, grid: Grid, records: Sequence[Record], key: str, words: str
) -> dict[tuple[Any, Any], float]:
    """Write the heat map: a score's mean over cases and seeds at each point of the grid.

    Args:
        path: The PNG file.
        grid: Two settings.
        records: Of all points; a point with a failed job stays empty.
        key: The score.
        words: What the mean is over, for the title.

    Returns:
        By the two values, the mean.
    """
    metric = next(one for one in METRICS["sep"] if one.key == key)
    means = {point: value for point, value in _means(grid, records, key) if value is not None}
    (below, columns), (beside, rows) = grid.items()
    figure = new_figure(1.6 + 0.95 * len(columns) + 1.3, 1.5 + 0.62 * len(rows))
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    values = [[means.get((x, y), float("nan")) for x in columns] for y in rows]
    image = axes.imshow(values, cmap=cm.batlow, origin="lower", aspect="auto")
    axes.set_xticks(range(len(columns)), [str(x) for x in columns])
    axes.set_yticks(range(len(rows)), [str(y) for y in rows])
    axes.set_xlabel(below.rpartition(".")[2])
    axes.set_ylabel(beside.rpartition(".")[2])
    axes.set_title(f"{metric.title}, {words}", size=10, color=INK, loc="left")
    darkest, brightest = image.get_clim()
    for (i, y), (j, x) in itertools.product(enumerate(rows), enumerate(columns)):
        if (x, y) in means:
            dark = means[x, y] < darkest + 0.6 * (brightest - darkest)
            axes.text(
                *(j, i, format(means[x, y], ".4g")),
                ha="center", va="center", size=9, color="white" if dark else "black",
            )  # fmt: skip
        else:
            axes.text(j, i, "failed", ha="center", va="center", size=9, color=INK)
    if means:
        x, y = max(means, key=lambda point: metric.better * means[point])
        place = columns.index(x) - 0.5, rows.index(y) - 0.5
        axes.add_patch(Rectangle(place, 1, 1, fill=False, edgecolor="#e8112d", linewidth=3))
        figure.colorbar(image, label=metric.title + (f", {metric.unit}" if metric.unit else ""))
    save(figure, path, format="png", dpi=DPI)
    return means


def _means(
    grid: Grid, records: Sequence[Record], key: str
) -> list[tuple[tuple[Any, Any], float | None]]:
    found = []
    for point in points(grid):
        values = [one.whole.get(key) for one in records if dict(one.job.settings) == point]
        known = [value for value in values if value is not None]
        whole = known and len(known) == len(values)
        x, y = point.values()
        found.append(((x, y), statistics.fmean(known) if whole else None))
    return found


def _path(key: str) -> str:
    sections: Mapping[str, Mapping[str, Any]] = SeparationConfig().model_dump()
    paths = [f"{section}.{name}" for section, fields in sections.items() for name in fields]
    matching = [path for path in paths if key in (path, path.rpartition(".")[2])]
    if len(matching) != 1:
        raise _refusal("a setting such as loss.eta1 or eta1", key)
    return matching[0]


def _check(path: str, value: Any) -> None:
    section, _, name = path.partition(".")
    try:
        SeparationConfig.model_validate({section: {name: value}})
    except ValidationError as error:
        raise _refusal(f"{path}: {error.errors()[0]['msg']}", repr(value)) from error


def _refusal(expected: str, found: str) -> InputError:
    return InputError(
        "--sweep", expected=expected, found=found, advice="See config.yaml of a run for all names."
    )
