"""Scores of super-resolved element maps beside known ones, for `evaluate` and `train-sr`."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from tfpaintsep.errors import InputError

if TYPE_CHECKING:
    from tfpaintsep.images import ElementStack
    from tfpaintsep.superresolution.painting import ScannedPainting

RESULT, BASELINE = "result", "bicubic + projection"
"""What the scores of these two methods are filed under."""


def evaluate_maps(run: Path, truth: Path) -> dict[str, Any]:
    """Score a run folder of `train-sr` or `upscale` and write the result to its `evaluation/`.

    Returns:
        By method, "result" and the trivial "bicubic" and "bicubic + projection", the rows of
        `StackScores.as_rows`, and under "consistency" how far it is from the measured maps when
        it is brought down again. For decimated maps the result only.

    Raises:
        InputError: If there is no run, no reference, or names or sizes differ.
    """
    from tfpaintsep.evaluation.peers.interpolation import bicubic, project
    from tfpaintsep.evaluation.stack_metrics import consistency_error, score_stack
    from tfpaintsep.images import read_element_maps, write_element_maps
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import stamp, write_json

    from .measured import read_measured

    folder = RunFolder(run)
    provenance = folder.read_provenance()
    facts = provenance["inputs"]["xrf"]
    scale, operator = int(facts["scale"]), facts["operator"]
    maps = read_element_maps(folder.picture("maps"), allow_constant=True)
    measured = read_measured(facts, maps.names).values
    known = read_known_maps(truth, maps.names, maps.size)
    estimates: dict[str, np.ndarray] = {RESULT: maps.values}
    if operator == "mean":  # what interpolates means is no peer for decimated maps
        estimates["bicubic"] = bicubic(measured, scale)
        estimates[BASELINE] = project(estimates["bicubic"], measured, scale)
    rows: dict[str, Any] = {
        name: {
            **score_stack(known, values, maps.names, scale).as_rows(),
            "consistency": asdict(consistency_error(values, measured, scale, operator)),
        }
        for name, values in estimates.items()
    }
    folder.evaluation.mkdir(exist_ok=True)
    write_element_maps(
        folder.evaluation / "error_maps.tif",
        replace(maps, values=maps.values - known),
        description=stamp("error of the maps: estimate minus reference", provenance),
    )
    write_json(
        folder.evaluation / "scores.json",
        {"reference": str(truth.resolve()), "unit": "range of each known map", "scores": rows},
    )
    return rows


def read_known_maps(truth: Path, names: tuple[str, ...], size: tuple[int, int]) -> np.ndarray:
    """Read `maps.tif` from a folder or from its `truth/`, with the maps in the order of `names`.

    Raises:
        InputError: If it is not there, or lacks a map, or has another size.
    """
    from tfpaintsep.images import read_element_maps
    from tfpaintsep.images.checks import check_same_size

    places = (truth, truth / "truth" / "maps.tif", truth / "maps.tif")
    path = next((place for place in places if place.is_file()), truth / "maps.tif")
    if not path.is_file():
        raise InputError(
            truth,
            expected="a folder with maps.tif, or with truth/maps.tif in it",
            found="no maps.tif",
            advice="Give the folder that holds the known maps.",
        )
    stack = _renamed(read_element_maps(path, allow_constant=True), names)
    missing = [name for name in names if name not in stack.names]
    if missing:
        raise InputError(
            path,
            expected=f"the maps {', '.join(names)}",
            found=f"no {', '.join(missing)}",
            advice="Give known maps of the same elements.",
        )
    check_same_size("the super-resolved maps", size, str(path), stack.size)
    return stack.values[..., [stack.names.index(name) for name in names]]


def _renamed(stack: "ElementStack", names: tuple[str, ...]) -> "ElementStack":
    """Known maps that no program has named are taken in their order."""
    unnamed = stack.names == tuple(f"band-{i + 1}" for i in range(stack.bands))
    if not unnamed or len(names) != stack.bands or names == stack.names:
        return stack
    click.echo(f"Note: the known maps have no names; taken as {', '.join(names)}", err=True)
    return replace(stack, names=names)


def make_judge(
    truth: Path, painting: "ScannedPainting", scale: int
) -> Callable[[np.ndarray], dict[str, float]]:
    """A function that scores maps, in their own units, while a network trains.

    Raises:
        InputError: As `read_known_maps`.
    """
    from tfpaintsep.evaluation.stack_metrics import score_stack

    names = painting.maps.names
    known = read_known_maps(truth, names, painting.photograph.size)

    def judge(maps: np.ndarray) -> dict[str, float]:
        pooled = score_stack(known, maps, names, scale).as_rows()["pooled"]
        return {name: value for name, value in pooled.items() if value is not None}

    return judge


def table_of_maps(rows: dict[str, Any]) -> str:
    """The scores as lines of text: every method pooled, then the result's elements."""
    keys = ("rmse", "psnr", "ssim", "sam", "ergas")
    width = 2 + max(len(name) for name in (*rows, *rows[RESULT]["elements"]))

    def line(title: str, values: list[float | None]) -> str:
        cells = ["-" if value is None else format(value, ".4g") for value in values]
        return f"{title:<{width}}" + "".join(f"{cell:>10}" for cell in cells)

    heads = ("RMSE", "PSNR", "SSIM", "SAM", "ERGAS", "consistency")
    lines = [" " * width + "".join(f"{head:>10}" for head in heads[:-1]) + f"  {heads[-1]}"]
    for method, row in rows.items():
        values = [row["pooled"].get(key) for key in keys]
        lines.append(f"{line(method, values)}  {row['consistency']['largest']:>11.1e}")
    for name, row in rows[RESULT]["elements"].items():
        lines.append(line(name, [row[key] for key in keys[:3]]))
    lines.append("Units: each known map's range; PSNR in dB, SAM in degrees; pooled over all maps")
    lines.append("consistency: largest difference from a measured map, its range = 1")
    if any(row["rmse"] is None for row in rows[RESULT]["elements"].values()):
        lines.append("-: the known map is the same everywhere, and has no range")
    return "\n".join(lines)
