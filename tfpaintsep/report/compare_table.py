"""Runs that are compared, and their figures as a table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfpaintsep.report.panel import Array
from tfpaintsep.report.scores import decimal

_LOSS_NAMES = {
    "loss": "loss",
    "loss/xray": "radiograph",
    "loss/xrf": "maps",
    "loss/rgb": "photograph",
    "loss/exclusion": "exclusion",
    "loss/augmented": "augmented pair",
    "loss/adversarial": "adversarial",
}
_SCORES = {
    "separation": (
        ("skill", "Skill", 2, True),
        ("sdri", "SDRi, dB", 1, True),
        ("siri", "SIRi, dB", 1, True),
    ),
    "super-resolution": (
        ("psnr", "PSNR, dB", 2, True),
        ("rmse", "RMSE", 4, False),
        ("ssim", "SSIM", 3, True),
    ),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class ComparedRun:
    """One run as the page shows it.

    Attributes:
        name: Its path below the folder compared.
        preset: What its settings began from.
        seconds: From begin to end, pauses included; None when unknown.
        steps: Steps of training that were done.
        history: The rows of `history.csv`.
        scores: "skill", "sdri" and "siri", means over the layers; or "psnr", "rmse" and "ssim",
            pooled over the maps. None where no truth was given.
        reference: What the scores were taken against.
        misfit: Root mean square of the residual in units of full scale, or the largest
            disagreement with a measured map in units of its range.
        pictures: "surface", "concealed" and "residual", or the elements' maps: (h, w) in the
            input's units, shrunk to what the page shows.
    """

    name: str
    preset: str
    seconds: float | None
    steps: int | None
    history: Sequence[Mapping[str, float]]
    scores: Mapping[str, float | None] | None
    reference: str | None
    misfit: float | None
    pictures: Mapping[str, Array]


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """Runs of one method on one painting.

    Attributes:
        title: What the painting is called.
        method: "separation" or "super-resolution".
        source: The file that all of them worked upon.
        checksum: Its SHA-256.
        runs: Two or more, in the order in which they are shown.
        settings: By setting that is not the same in all, its value in each run, None for none.
        photograph: Whether all were given the same photograph.
    """

    title: str
    method: str
    source: str
    checksum: str
    runs: Sequence[ComparedRun]
    settings: Mapping[str, Sequence[str | None]]
    photograph: bool = True


@dataclass(frozen=True)
class Cell:
    """A figure in the table of runs."""

    text: str
    best: bool = False


def table_of_runs(comparison: Comparison) -> tuple[list[str], list[list[Cell]]]:
    """The figures of every run under their heads."""
    runs = comparison.runs
    losses = [name for name in _LOSS_NAMES if any(_final(run, name) is not None for run in runs)]
    columns = [
        ("Time", [Cell(duration(run.seconds)) for run in runs]),
        ("Steps", [Cell("–" if run.steps is None else f"{run.steps:,}") for run in runs]),
    ]
    if any(run.scores is not None for run in runs):
        one_reference = len({run.reference for run in runs if run.scores is not None}) == 1
        for key, title, digits, higher in _SCORES[comparison.method]:
            values = [(run.scores or {}).get(key) for run in runs]
            # As shown: what cannot be told apart on the page is equally good.
            shown = [None if value is None else round(value, digits) for value in values]
            best = best_of(shown, higher=higher) if one_reference else set()
            cells = [Cell(decimal(value, digits), i in best) for i, value in enumerate(values)]
            columns.append((title, cells))
    misfit = "Residual" if comparison.method == "separation" else "Disagreement"
    columns.append((misfit, [Cell(_share(run.misfit)) for run in runs]))
    columns += [
        (
            f"Final {_LOSS_NAMES[name]}" if name == "loss" else f"– {_LOSS_NAMES[name]}",
            [Cell(_short(_final(run, name))) for run in runs],
        )
        for name in losses
    ]
    return [head for head, _ in columns], [
        [cells[i] for _, cells in columns] for i in range(len(runs))
    ]


def best_of(values: Sequence[float | None], *, higher: bool) -> set[int]:
    """Which of the values are the best; none where there is nothing to choose between."""
    known = {i: v for i, v in enumerate(values) if v is not None and not math.isnan(v)}
    if len(set(known.values())) < 2:
        return set()
    best = (max if higher else min)(known.values())
    return {i for i, value in known.items() if value == best}


def duration(seconds: float | None) -> str:
    """A time as a person says it: 48 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _final(run: ComparedRun, name: str) -> float | None:
    """The last value that was recorded of a loss; not every stage has every term."""
    known = [row[name] for row in run.history if math.isfinite(row.get(name, math.nan))]
    return known[-1] if known else None


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}".replace("-", "−")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2g} %".replace("-", "−")
