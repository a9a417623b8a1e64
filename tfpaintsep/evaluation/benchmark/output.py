"""What a benchmark leaves for people: tables and pictures of the records."""

import shlex
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfpaintsep import __version__
from tfpaintsep.evaluation.methods import Method
from tfpaintsep.files import write_text

from .case import Case, Task
from .jobs import JobFolder, Record
from .machine import program
from .scoring import METRICS
from .tables import GROUPS, case_tables, group_tables, write_csv

TITLES = {"sep": "Separation", "sr": "Super-resolution"}


def write_results(
    folder: JobFolder,
    records: Sequence[Record],
    cases: Sequence[Case],
    methods: Mapping[str, Method[Any]],
    shown: Sequence[str] | None = None,
) -> str:
    """Write results.csv, table.md and the figures.

    Args:
        folder: The benchmark's folder.
        records: Of all jobs.
        cases: All cases.
        methods: By name, in the table's order.
        shown: Methods in the figures; by default one of each kind, then the best.

    Returns:
        The tables of means, where there are any, and where all is.
    """
    from .figures import draw_case
    from .trade_off import draw_trade_off

    out, task = folder.out, cases[0].task
    write_csv(out / "results.csv", records, {case.name: case for case in cases})
    means = group_tables(records, cases, methods)
    each = case_tables(records, cases, methods)
    write_text(
        out / "table.md", "\n".join([*header(records, cases), "", reading(task), "", means, each])
    )
    names = figure_methods(records, methods, shown)
    pictures = []
    for case in cases:
        mine = {
            record.job.method: record
            for record in records
            if record.job.case == case.name and record.job.seed == 0
        }
        path = out / f"figure_{case.name}.png"
        draw_case(path, case, [mine[name] for name in names if name in mine], methods, folder)
        pictures.append(path.name)
    if task == "sep":
        draw_trade_off(out / "trade_off.png", records, cases, methods)
        pictures.insert(0, "trade_off.png")
    return f"{means or each}\nWrote {out}: table.md, results.csv, {', '.join(pictures)}"


def write_sweep(
    folder: JobFolder,
    grid: dict[str, list[Any]],
    records: Sequence[Record],
    cases: Sequence[Case],
    score: str,
) -> str:
    """Write sweep.csv, the heat map sweep.png and sweep.md; returns what the best point is."""
    from .sweep import draw_sweep

    out = folder.out
    write_csv(out / "sweep.csv", records, {case.name: case for case in cases})
    seeds = len({record.job.seed for record in records})
    words = f"mean of {_counted(len(cases), 'case')} and {_counted(seeds, 'seed')}"
    means = draw_sweep(out / "sweep.png", grid, records, score, words)
    better = next(metric.better for metric in METRICS["sep"] if metric.key == score)
    lines = []
    if means:
        point = max(means, key=lambda values: better * means[values])
        where = ", ".join(f"{key} = {value}" for key, value in zip(grid, point, strict=True))
        lines.append(f"Best {score}: {means[point]:.3g} at {where} ({words}).")
    write_text(out / "sweep.md", "\n".join([*header(records, cases), "", *lines, ""]))
    return "\n".join([*lines, f"Wrote {out}: sweep.csv, sweep.png, sweep.md"])


def header(records: Sequence[Record], cases: Sequence[Case]) -> list[str]:
    """What was run, how and on what, as lines of Markdown."""
    machines = sorted({record.machine for record in records if record.machine})
    versions = next((record.versions for record in records if record.versions), {})
    budgets = sorted({record.job.seconds for record in records if record.job.seconds})
    parallel = max((record.parallel for record in records), default=1)
    lines = [f"# {TITLES[cases[0].task]}", "", "    " + command_line(), ""]
    lines.append(f"{'; '.join(machines)}. tfpaintsep {__version__}, {_listed(versions)}.")
    if {record.program for record in records} - {program(), ""}:  # a crash leaves none
        lines.append("Results of another state of the program are among them.")
    if budgets:
        seeds = len({record.job.seed for record in records})
        times = " or ".join(f"{seconds:g} s" for seconds in budgets)
        line = f"Learned methods had up to {times} for each case and seed, "
        line += f"with {_counted(seeds, 'seed')}"
        if seeds > 1:
            line += "; ± is the standard deviation over seeds of the mean over cases, and says "
            line += "nothing of how cases differ"
        lines.append(f"{line}.")
    if parallel > 1:
        lines.append(
            f"Up to {parallel} jobs ran at the same time: times cannot be compared with other "
            "tables'."
        )
    for group, title in GROUPS.items():
        members = [case for case in cases if case.group == group]
        if members:
            lines += ["", f"{title}: {'; '.join(map(_described, members))}."]
    return lines


def reading(task: Task) -> str:
    """How the tables are to be read."""
    if task == "sep":
        means = (
            "Means over both layers. Skill: 1 - MSE / MSE of halving; 1 perfect, below 0 worse "
            "than halving. SDR, SIR, SAR: signal to all errors, to the other layer, to what "
            "belongs to neither; i: improvement over taking the radiograph for the layer. All but "
            "MSE, eq. (16) of Pu et al. 2022: more is better; but much SIRi with negative SDRi is "
            "a layer without leakage and without likeness."
        )
    else:
        means = (
            "Over all maps of a case, each scaled by the known one's range; consistency: RMS "
            "difference from the measured maps, in shares of their range."
        )
    return (
        f"Bold: the best in its column among the methods that failed nowhere. {means} Steps: of "
        "training, before the time or the schedule was over. Time includes imports (of TensorFlow, "
        "5 s or so); memory is the largest of the process, libraries included."
    )


def command_line() -> str:
    """The command that runs now, as one would type it."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def figure_methods(
    records: Sequence[Record], methods: Mapping[str, Method[Any]], shown: Sequence[str] | None
) -> list[str]:
    """Names of the methods in the figures."""
    from .figures import default_methods

    if shown is not None:
        return list(shown)
    key = METRICS[records[0].job.task][0].key
    means = {}
    for name in methods:
        values = [record.whole.get(key) for record in records if record.job.method == name]
        known = [value for value in values if value is not None]
        if known:
            means[name] = statistics.fmean(known)
    return default_methods(methods, means)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("s" if number != 1 else "")


def _described(case: Case) -> str:
    height, width = case.size
    return f"{case.name} ({height} x {width} px)"


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
