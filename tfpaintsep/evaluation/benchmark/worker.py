"""One job in a process of its own: `python -m tfpaintsep.evaluation.benchmark.worker REQUEST`.

So its time and memory are its own, and a method that crashes takes nothing else with it. REQUEST
is JSON: `job`, the fields of a `Job`; `out`, the benchmark's folder; `added`, files with methods;
`parallel`, jobs at the same time.
"""

import json
import re
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tfpaintsep.evaluation.methods import Budget, Method

from .case import Case, load_case
from .jobs import Job, JobFolder, Record
from .machine import machine, peak_memory_mb, program
from .registry import known_methods


class _Reports:
    """What a method says of its work while it goes on."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.words = ""

    def __call__(self, share: float, words: str) -> None:
        self.times.append(time.perf_counter())
        self.words = words

    @property
    def seconds(self) -> float | None:
        return self.times[-1] - self.times[0] if len(self.times) > 1 else None

    @property
    def steps(self) -> int | None:
        """The number in "step 120" or "120 steps", "1,200 of 5,000 steps" gives the first."""
        found = re.search(r"step ([\d,]+)|([\d,]+)(?: of [\d,]+)? steps?\b", self.words)
        return int((found.group(1) or found.group(2)).replace(",", "")) if found else None


def main(request: str) -> None:
    """Run the job and write its record; what a method raises becomes part of the record."""
    content: dict[str, Any] = json.loads(request)
    job, folder = Job(**content["job"]), JobFolder(Path(content["out"]))
    record = Record(job, parallel=content["parallel"], machine=machine(), program=program())
    try:
        record = _run(record, folder, [Path(path) for path in content["added"]])
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        said = str(error).strip().splitlines()
        record = replace(record, error=f"{type(error).__name__}: {said[-1] if said else ''}")
    from tfpaintsep.runs.provenance import make_provenance, now

    versions = make_provenance(inputs={}, configuration={}, seed=job.seed)["versions"]
    folder.write(replace(record, versions=versions, finished=now()))


def _run(record: Record, folder: JobFolder, added: list[Path]) -> Record:
    job = record.job
    case = load_case(folder.case(job.case, job.digest))
    method = _configured(job, added)
    reports = _Reports()
    budget = Budget(seed=job.seed, report=reports)
    if job.seconds is not None:
        budget = replace(budget, seconds=job.seconds)
    names = ("xray", "rgb") if job.task == "sep" else ("maps", "rgb")
    began = time.perf_counter()
    result = method.run(*(case.images[name].copy() for name in names), budget)
    seconds, memory = time.perf_counter() - began, peak_memory_mb()

    from .scoring import check_estimate, score

    estimate = result._asdict() if job.task == "sep" else {"maps": result}
    check_estimate(case, estimate)
    scores = score(case, estimate)
    _write(folder, job, case, estimate)
    return replace(
        record,
        scores=scores,
        seconds=seconds,
        learning_seconds=reports.seconds,
        steps=reports.steps,
        peak_memory_mb=memory,
    )


def _configured(job: Job, added: list[Path]) -> Method[Any]:
    if job.settings:
        from tfpaintsep.evaluation.peers.lcista import lcista

        return lcista(dict(job.settings))
    return known_methods(job.task, added)[job.method]


def _write(folder: JobFolder, job: Job, case: Case, estimate: dict[str, Any]) -> None:
    from tfpaintsep.images import ElementStack, write_element_maps, write_layer

    made = f"Computed hypothesis: {job.method}, case {job.case}, seed {job.seed}"
    for name, values in estimate.items():
        path = folder.estimate(job, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        array = np.ascontiguousarray(values, dtype=np.float32)
        if name == "maps":
            write_element_maps(path, ElementStack(array, case.names), description=made)
        else:  # in the radiograph's own units, as every result of this program
            write_layer(path, array * np.float32(case.gain), description=f"{made}; {name} layer")


if __name__ == "__main__":
    main(sys.argv[1])
