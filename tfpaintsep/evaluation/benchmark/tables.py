"""The results as CSV, for other programs, and as Markdown, for people."""

import csv
import io
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfpaintsep.evaluation.methods import Method
from tfpaintsep.evaluation.peers.quoted import CITATION, MARK, QUOTED
from tfpaintsep.evaluation.realism import explained_by_colour
from tfpaintsep.files import write_text

from .case import Case, Task
from .jobs import Record
from .scoring import METRICS, Metric, printed
from .summary import Row, Value, best, mean_and_spread, rows_of

GROUPS = {"given": "Given cases", "simulated": "Simulated paintings"}
_LAYERS = {"sep": ("sdri", "siri")}
"""Metrics of which a case's table shows both layers."""
_NO_ARTEFACTS = 60.0  # dB


def write_csv(path: Path, records: Sequence[Record], cases: Mapping[str, Case]) -> None:
    """One row for each job and layer or map; a failed job has one, with the reason."""
    keys = [metric.key for metric in METRICS[records[0].job.task]]
    settings = sorted({key for record in records for key in record.job.settings})
    with io.StringIO(newline="") as text:
        writer = csv.writer(text)
        writer.writerow(
            [
                *("group", "case", "method", "seed", "budget_s", *settings, "layer", *keys),
                *("seconds", "learning_seconds", "steps", "peak_memory_mb", "error"),
            ]
        )
        for record in records:
            job = record.job
            given = [job.settings.get(key, "") for key in settings]
            first = [cases[job.case].group, job.case, job.method, job.seed, job.seconds, *given]
            cost = [record.seconds, record.learning_seconds, record.steps, record.peak_memory_mb]
            for layer, scores in (record.scores or {"": {}}).items():
                writer.writerow(
                    [*first, layer, *(scores.get(key) for key in keys), *cost, record.error]
                )
        write_text(path, text.getvalue())


def group_tables(
    records: Sequence[Record], cases: Sequence[Case], methods: Mapping[str, Method[Any]]
) -> str:
    """A table of means for each group of two cases or more, as Markdown."""
    task, parts = cases[0].task, []
    for group, title in GROUPS.items():
        members = [case.name for case in cases if case.group == group]
        mine = [record for record in records if record.job.case in members]
        if len(members) > 1 and mine:
            rows = rows_of(mine, methods, METRICS[task])
            quoted = task == "sr" and group == "given"
            parts += [f"## {title}: mean of {len(members)}", ""]
            parts += [table(task, rows, quoted=quoted), ""]
    return "\n".join(parts)


def case_tables(
    records: Sequence[Record], cases: Sequence[Case], methods: Mapping[str, Method[Any]]
) -> str:
    """A table for each case, what failed, and what the methods are, as Markdown."""
    task, parts = cases[0].task, list[str]()
    for case in cases:
        mine = [record for record in records if record.job.case == case.name]
        if mine:
            height, width = case.size
            about = f"{height} x {width} px{_of_maps(case)}.{_explained(case)}"
            parts += [f"## {case.name}", "", " ".join([about, *map(_sentence, case.notes)]), ""]
            parts += [table(task, rows_of(mine, methods, METRICS[task]), mine), ""]
    if task == "sr":
        parts += [f"## Published figures: {MARK}", "", quoted_table(), ""]
    return "\n".join([*parts, *_failures(records), *_methods(records, methods)])


def _sentence(note: str) -> str:
    return f"Note: {note}."


def _explained(case: Case) -> str:
    """How easy the case is: what its photograph tells of the radiograph that it belongs to."""
    if case.task != "sep" or np.ptp(case.images["surface"]) == 0:
        return ""
    found = explained_by_colour(case.images["surface"], case.images["rgb"]).named()
    words = "; ".join(f"{name} {value:.2f}" for name, value in found.items() if "R²" in name)
    return f" The photograph explains of the known surface layer: {words}."


def quoted_table() -> str:
    """What is published of systems that are not run here: nothing to compare row by row."""
    systems = list(dict.fromkeys(figure.method for figure in QUOTED))
    paintings = list(dict.fromkeys(figure.data for figure in QUOTED))
    lines = [["method", *(f"PSNR, dB / RMSE: {data}" for data in paintings)]]
    for system in systems:
        cells = [
            f"{figure.psnr:.2f} / {figure.rmse:.4f}"
            for data in paintings
            for figure in QUOTED
            if (figure.method, figure.data) == (system, data)
        ]
        lines.append([f"{system}, *{MARK}*", *cells])
    return f"{markdown(lines)}\n\n{CITATION}."


def table(
    task: Task, rows: Sequence[Row], records: Sequence[Record] = (), *, quoted: bool = False
) -> str:
    """One table, a method a row; the best of each column bold.

    Args:
        task: "sep" or "sr".
        rows: The methods.
        records: Of a single case, to show the layers one by one as well.
        quoted: Whether published figures of other systems stand below, never bold.
    """
    metrics = [one for one in METRICS[task] if any(one.key in row.values for row in rows)]
    layered = [one for one in metrics if records and one.key in _LAYERS.get(task, ())]
    head = ["method", *(_heading(metric) for metric in metrics)]
    head += [f"{metric.title} surface / concealed" for metric in layered]
    lines = [[*head, "steps", "time, s", "memory, MB"]]
    champions = {metric.key: best(rows, metric) for metric in metrics}
    for row in rows:
        mine = [record for record in records if record.job.method == row.method.name]
        title = row.method.title
        if row.failed:
            title += f" (failed: {row.failed} of {row.jobs})"
        lines.append(
            [
                title,
                *(_cell(row, metric, champions[metric.key]) for metric in metrics),
                *(_both_layers(mine, metric) for metric in layered),
                printed(row.steps, ".0f"),
                printed(row.seconds, ".1f"),
                printed(row.peak_memory_mb, ".0f"),
            ]
        )
    if quoted:
        lines += _quoted_rows([metric.key for metric in metrics], len(lines[0]))
    return markdown(lines)


def _quoted_rows(keys: Sequence[str], columns: int) -> list[list[str]]:
    found = []
    for system in dict.fromkeys(figure.method for figure in QUOTED):
        figures = [figure for figure in QUOTED if figure.method == system]
        means = {
            "psnr": f"{statistics.fmean(figure.psnr for figure in figures):.2f}",
            "rmse": f"{statistics.fmean(figure.rmse for figure in figures):.4f}",
        }
        cells = [f"{system}, *{MARK}*", *(means.get(key, "-") for key in keys)]
        found.append(cells + ["-"] * (columns - len(cells)))
    return found


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table whose first line is its head."""
    rule = ["---", *["---:"] * (len(lines[0]) - 1)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |"
        for line in (lines[0], rule, *lines[1:])
    )


def _heading(metric: Metric) -> str:
    return f"{metric.title}, {metric.unit}" if metric.unit else metric.title


def _cell(row: Row, metric: Metric, champion: float | None) -> str:
    value = row.values.get(metric.key)
    if value is None:
        return "-"
    text = _with_spread(value, metric)
    is_best = not row.failed and float(format(value[0], metric.digits)) == champion
    return f"**{text}**" if is_best else text


def _with_spread(value: Value, metric: Metric) -> str:
    mean, spread = value
    if metric.key == "sar" and mean > _NO_ARTEFACTS:
        return f"> {_NO_ARTEFACTS:.0f}"  # rounding alone
    text = metric.text(mean)
    return text if spread is None else f"{text} ± {metric.text(spread)}"


def _both_layers(records: Sequence[Record], metric: Metric) -> str:
    values = (mean_and_spread(records, metric.key, layer) for layer in ("surface", "concealed"))
    return " / ".join(metric.text(value[0] if value else None) for value in values)


def _of_maps(case: Case) -> str:
    if case.task == "sep":
        return ""
    return f", scale {case.scale}, {len(case.names)} maps: {', '.join(case.names)}"


def _failures(records: Sequence[Record]) -> list[str]:
    failed = [record for record in records if record.error]
    if not failed:
        return []
    lines = [
        f"- {record.job.method} on {record.job.case}, seed {record.job.seed}: {record.error}"
        for record in failed
    ]
    return ["## Failed", "", *lines, ""]


def _methods(records: Sequence[Record], methods: Mapping[str, Method[Any]]) -> list[str]:
    present = {record.job.method for record in records}
    lines = []
    for name, method in methods.items():
        if name in present:
            about = "; ".join(part.rstrip(".") for part in (method.source, method.note) if part)
            lines.append(f"- **{method.title}** (`{name}`): {about}.")
    return ["## Methods", "", *lines, ""]
