"""Means over cases, the spread over seeds, and what of it is best."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfpaintsep.evaluation.methods import Method

from .jobs import Record
from .scoring import Metric

Value = tuple[float, float | None]
"""A mean, and the standard deviation over seeds where there are two or more."""


@dataclass(frozen=True)
class Row:
    """A method in a table.

    Attributes:
        method: The method.
        values: By metric; a metric that is undefined for one of the results is left out.
        failed: Jobs that failed, of `jobs`.
        jobs: Jobs that ended.
        seconds: Mean time of a job.
        steps: Mean number of steps of training, where the method says it.
        peak_memory_mb: Largest of all jobs.
    """

    method: Method[Any]
    values: Mapping[str, Value]
    failed: int
    jobs: int
    seconds: float | None
    steps: float | None
    peak_memory_mb: float | None


def rows_of(
    records: Iterable[Record], methods: Mapping[str, Method[Any]], metrics: Sequence[Metric]
) -> list[Row]:
    """One row a method, in the methods' order; methods without records are left out."""
    by_method: dict[str, list[Record]] = {name: [] for name in methods}
    for record in records:
        by_method[record.job.method].append(record)
    return [
        _row(methods[name], found, metrics) for name, found in by_method.items() if found
    ]  # fmt: skip


def best(rows: Sequence[Row], metric: Metric) -> float | None:
    """The best mean among methods that failed nowhere, rounded as it is printed.

    None where none is better than another: a metric that does not rank, or a single method.
    """
    means = [row.values[metric.key][0] for row in rows if metric.key in row.values]
    if not metric.better or len(means) < 2:
        return None
    whole = [
        row.values[metric.key][0] for row in rows if metric.key in row.values and not row.failed
    ]
    if not whole:
        return None
    return float(format(max(whole, key=lambda mean: metric.better * mean), metric.digits))


def mean_and_spread(
    records: Sequence[Record], key: str, layer: str | None = None
) -> Value | None:  # fmt: skip
    """Mean over the cases of the means over the seeds; spread of the seeds' means over cases.

    So the spread says how much another seed would change the printed mean, not how much the
    cases differ.

    Args:
        records: Of one method; failed ones are passed over.
        key: The metric.
        layer: A layer or map; the row that stands for the whole result by default.

    Returns:
        None where nothing was scored, or the metric is undefined for one of the results.
    """
    scored: dict[str, dict[int, float]] = {}
    for record in records:
        if record.scores is None:
            continue
        scores = record.whole if layer is None else record.scores[layer]
        if (value := scores.get(key)) is None:
            return None
        scored.setdefault(record.job.case, {})[record.job.seed] = value
    if not scored:
        return None
    mean = statistics.fmean(statistics.fmean(seeds.values()) for seeds in scored.values())
    # Seeds that every case has: otherwise a seed's mean would change with its cases.
    common = set.intersection(*(set(seeds) for seeds in scored.values()))
    by_seed = [statistics.fmean(seeds[seed] for seeds in scored.values()) for seed in common]
    return mean, statistics.stdev(by_seed) if len(by_seed) > 1 else None


def _row(method: Method[Any], records: list[Record], metrics: Sequence[Metric]) -> Row:
    values = {metric.key: mean_and_spread(records, metric.key) for metric in metrics}
    done = [record for record in records if record.scores is not None]
    seconds = [record.seconds for record in done if record.seconds is not None]
    steps = [record.steps for record in done if record.steps is not None]
    memory = [record.peak_memory_mb for record in done if record.peak_memory_mb is not None]
    return Row(
        method,
        {key: value for key, value in values.items() if value is not None},
        len(records) - len(done),
        len(records),
        statistics.fmean(seconds) if seconds else None,
        statistics.fmean(steps) if steps else None,
        max(memory, default=None),
    )
