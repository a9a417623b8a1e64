"""The page that compares runs: what differs in their settings, and in what they made."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from tfpaintsep.report.compare_table import Comparison, table_of_runs
from tfpaintsep.report.figures import overlaid_curves_svg
from tfpaintsep.report.panel import Panel, reach, value_range
from tfpaintsep.report.rendering import Figure, show_all, write_page

THUMBNAIL = 720
"""Longest side of a picture on the page, in pixels; reading a larger one is of no use."""

_JOB = "Comparison of runs"
_MARK = f'<meta name="generator" content="tfpaintsep, {_JOB}">'.encode()
_HEAD_BYTES = 4096  # in which the mark stands
_MOST_BYTES = 9e6  # of all pictures, so that the page can be sent


def write_compare_page(
    path: Path,
    *,
    title: str,
    comparisons: Sequence[Comparison],
    left_out: Sequence[tuple[str, str]],
) -> None:
    """Write the page, in one step.

    Args:
        path: The HTML file.
        title: What the folder is called.
        comparisons: The groups of runs.
        left_out: Name of each run that is not compared, and why.
    """
    share = _MOST_BYTES / max(1, len(comparisons))
    write_page(
        path,
        "compare.html.j2",
        job=_JOB,
        title=title,
        columns=3,
        groups=[_group(comparison, i, share) for i, comparison in enumerate(comparisons)],
        left_out=left_out,
    )


def is_compare_page(path: Path) -> bool:
    """Whether a file is a page that `write_compare_page` has written."""
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD_BYTES)


def short_names(count: int) -> list[str]:
    """A, B, ... Z, AA, AB, ...: what runs are called in plots and tables."""
    letters = []
    for i in range(1, count + 1):
        text = ""
        while i:
            i, digit = divmod(i - 1, 26)
            text = chr(ord("A") + digit) + text
        letters.append(text)
    return letters


def _group(comparison: Comparison, index: int, most_bytes: float) -> dict[str, object]:
    """What the template wants to know of a group."""
    c, letters = comparison, short_names(len(comparison.runs))
    panels = _panels(c, f"group-{index}")
    figures = show_all(
        [panel for _, row in panels for panel in row],
        longest=THUMBNAIL,
        most_bytes=most_bytes,
        columns=_columns(len(c.runs)),
    )
    histories = {
        letter: run.history for letter, run in zip(letters, c.runs, strict=True) if run.history
    }
    heads, rows = table_of_runs(c)
    return {
        "key": f"group-{index}",
        "title": c.title,
        "method": c.method,
        "source": c.source,
        "checksum": c.checksum,
        "columns": _columns(len(c.runs)),
        "heads": heads,
        "rows": list(zip(letters, c.runs, rows, strict=True)),
        "letters": letters,
        "settings": c.settings,
        "weights": [name for name in c.settings if name.startswith("loss.")],
        "scored": sum(run.scores is not None for run in c.runs),
        "references": len({run.reference for run in c.runs if run.scores is not None}),
        "photograph": c.photograph,
        "pictures": _rows_of_figures(panels, figures),
        "curves": _curves(histories, f"group-{index}-"),
    }


def _columns(count: int) -> int:
    """Pictures side by side: all runs, or as many as remain large enough to be judged."""
    return count if count <= 4 else 4 if count % 4 == 0 or count % 3 else 3


def _curves(histories: Mapping[str, Sequence[Mapping[str, float]]], prefix: str) -> Markup | None:
    if not histories:
        return None
    text = overlaid_curves_svg(histories)
    # Of several drawings on a page none may refer into another.
    return Markup(re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", text))


def _panels(comparison: Comparison, key: str) -> list[tuple[str, list[Panel]]]:
    """By title, one picture of every run that has it, all on one scale."""
    runs, rows = comparison.runs, []
    letters = short_names(len(runs))
    for k, name in enumerate(dict.fromkeys(name for run in runs for name in run.pictures)):
        having = [(i, run.pictures[name]) for i, run in enumerate(runs) if name in run.pictures]
        images = [image for _, image in having]
        residual = comparison.method == "separation" and name == "residual"
        low, high = (-reach(*images), reach(*images)) if residual else value_range(*images)
        layer = comparison.method == "separation"
        what = f"{name} layer" if layer and not residual else name if layer else f"{name} map"
        rows.append(
            (
                what[:1].upper() + what[1:],
                [
                    Panel(
                        *(f"{key}-{k}-{i}", f"{letters[i]}  {runs[i].name}", "computed", image),
                        *(low, high, residual, ""),
                        f"The {what} of run {letters[i]}, {runs[i].name}; computed",
                        "layer" if layer else "map",
                    )
                    for i, image in having
                ],
            )
        )
    return rows


def _rows_of_figures(
    panels: Sequence[tuple[str, Sequence[Panel]]], figures: Sequence[Figure]
) -> list[tuple[str, list[Figure]]]:
    ends = np.cumsum([0, *(len(row) for _, row in panels)]).tolist()
    return [
        (title, list(figures[first:last]))
        for (title, _), first, last in zip(panels, ends, ends[1:], strict=False)
    ]
