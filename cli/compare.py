"""The comparison of all runs in a folder, for `report --compare`."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfpaintsep.errors import InputError

from .evaluate_maps import RESULT

if TYPE_CHECKING:
    import numpy as np

    from tfpaintsep.report.compare_table import ComparedRun, Comparison
    from tfpaintsep.runs.comparison import FinishedRun

PAGE = "compare.html"
"""Name of the page in the folder that is compared."""


def compare_runs(folder: Path, out: Path | None = None, *, overwrite: bool = False) -> Path:
    """Compare the finished runs below a folder on one page.

    Args:
        folder: Where the runs are.
        out: The page; by default in `folder`, where an earlier comparison is written again.
        overwrite: Whether any other file that is already there may be replaced.

    Returns:
        The page.

    Raises:
        InputError: If there is nothing to compare, or something is in the way.
    """
    from tfpaintsep.report.compare_page import write_compare_page
    from tfpaintsep.runs.comparison import find_runs, same_painting

    page = out or folder / PAGE
    _check_page(page, given=out is not None, overwrite=overwrite)
    runs, unfit = find_runs(folder)
    _check_no_part(page, runs)
    groups, alone = same_painting(runs)
    left_out = [(one.name, one.reason) for one in (*alone, *unfit)]
    if not groups:
        raise InputError(
            folder,
            expected="two finished runs of one method on one painting, or more",
            found="; ".join(f"{name}: {reason}" for name, reason in left_out) or "no run",
            advice="Give the folder above the runs.",
        )
    for name, reason in left_out:
        click.echo(f"Note: {name} is left out: {reason}", err=True)
    write_compare_page(
        page,
        title=folder.resolve().name,
        comparisons=[_comparison(group) for group in groups],
        left_out=left_out,
    )
    return page


def _check_page(page: Path, *, given: bool, overwrite: bool) -> None:
    if page.is_dir():
        raise InputError(
            page, expected="a page to write", found="a folder", advice="Give a name like runs.html."
        )
    if given and not page.absolute().parent.is_dir():
        raise InputError(
            page,
            expected="a page in a folder that is there",
            found=f"no folder {page.parent}",
            advice="Make the folder, or choose another --out.",
        )
    if not page.exists() or overwrite:
        return
    from tfpaintsep.report.compare_page import is_compare_page

    if given or not is_compare_page(page):
        raise InputError(
            page,
            expected="a page that is not there yet",
            found="a file" if given else "a file that is no earlier comparison",
            advice="Choose another page with --out, or add --overwrite to replace this one.",
        )


def _check_no_part(page: Path, runs: "list[FinishedRun]") -> None:
    """Refuse to write over what the runs were made from, or over their results."""
    from tfpaintsep.report.compare_page import is_compare_page

    if not page.exists() or is_compare_page(page):
        return  # though it may lie in a folder of maps
    for run in runs:
        parts = [run.folder.path, *(Path(facts["file"]) for facts in run.record["inputs"].values())]
        for part in parts:
            if page.resolve().is_relative_to(part.resolve()):
                raise InputError(
                    page,
                    expected="a page apart from the runs and what they were made from",
                    found=f"a part of the run {run.name}",
                    advice="Choose another page with --out.",
                )


def _comparison(group: "list[FinishedRun]") -> "Comparison":
    from tfpaintsep.report.compare_table import Comparison
    from tfpaintsep.runs.comparison import differing

    source = group[0].source
    file = Path(source["file"])
    photographs = {run.record["inputs"].get("rgb", {}).get("sha256") for run in group}
    return Comparison(
        title=file.parent.name if file.stem in ("xray", "maps", "xrf") else file.stem,
        method=group[0].method,
        source=str(file),
        checksum=source["sha256"],
        runs=[_compared(run) for run in group],
        settings=differing([run.settings() for run in group]),
        photograph=len(photographs) == 1,
    )


def _compared(run: "FinishedRun") -> "ComparedRun":
    from tfpaintsep.report.compare_table import ComparedRun
    from tfpaintsep.training.history import read_history

    scores, reference = _scores(run)
    misfit = "residual_rms" if run.method == "separation" else "consistency_error"
    return ComparedRun(
        name=run.name,
        preset=run.preset,
        seconds=_seconds(run.record),
        steps=run.record.get("steps"),
        history=read_history(run.folder.history),
        scores=scores,
        reference=reference,
        misfit=run.record.get(misfit),
        pictures=_pictures(run),
    )


def _scores(run: "FinishedRun") -> tuple[dict[str, float | None] | None, str | None]:
    """The mean or pooled scores of a run, and what they were taken against."""
    try:
        evaluation = json.loads((run.folder.evaluation / "scores.json").read_text())
        rows = evaluation["scores"]
        found = rows["mean"] if run.method == "separation" else rows[RESULT]["pooled"]
        return found, str(evaluation["reference"])
    except FileNotFoundError:
        return None, None
    except (KeyError, TypeError, ValueError):
        click.echo(f"Note: the scores of {run.name} cannot be read", err=True)
        return None, None


def _seconds(record: Any) -> float | None:
    try:
        begun, ended = (datetime.fromisoformat(record[key]) for key in ("started", "finished"))
        return (ended - begun).total_seconds()
    except (KeyError, TypeError, ValueError):
        return None


def _pictures(run: "FinishedRun") -> "dict[str, np.ndarray]":
    """The run's results, shrunk to what the page shows."""
    from tfpaintsep.images import read_element_maps
    from tfpaintsep.images.decoding import decode
    from tfpaintsep.report.compare_page import THUMBNAIL
    from tfpaintsep.report.panel import shrink

    if run.method == "separation":
        return {
            name: shrink(decode(run.folder.picture(name)).samples, THUMBNAIL)
            for name in ("surface", "concealed", "residual")
        }
    maps = read_element_maps(run.folder.picture("maps"), allow_constant=True)
    return {name: shrink(maps.values[..., i], THUMBNAIL) for i, name in enumerate(maps.names)}
