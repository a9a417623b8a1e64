"""One job: a method on a case with a seed; where its result lies and what it holds."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.methods import Method

from .case import Case, Task
from .scoring import WHOLE, Scores

MARK = "benchmark.json"
"""The file by which a benchmark's folder is known; it says what the latest command was."""


@dataclass(frozen=True)
class Job:
    """What is to be computed; all of it decides whether a result is the same job's.

    Attributes:
        task: "sep" or "sr".
        method: Name of the method.
        case: Name of the case.
        digest: Checksum of the case's images.
        seed: Of whatever is random.
        seconds: Of learning; None for a method that does not learn.
        settings: By path, what differs from the method's own configuration (a sweep).
        code: Checksum of the user's file the method comes from, "" for the project's own.
    """

    task: Task
    method: str
    case: str
    digest: str
    seed: int = 0
    seconds: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""

    @property
    def stem(self) -> str:
        """Its files' common beginning, below the folder of jobs."""
        identity = json.dumps(asdict(self), sort_keys=True)
        key = hashlib.sha256(identity.encode()).hexdigest()[:8]
        return f"{self.method}/{self.case}-seed{self.seed}-{key}"


@dataclass(frozen=True)
class Record:
    """How a job ended.

    Attributes:
        job: The job.
        scores: None where it failed.
        error: Why it failed, one line; "" where it did not.
        seconds: That the method took, its imports included.
        learning_seconds: From its first to its last report, None where it made none.
        steps: That it says it made, None where it says nothing.
        peak_memory_mb: Largest resident memory of its process, libraries included.
        parallel: Jobs that ran at the same time.
        versions: Of Python and the libraries.
        program: Checksum of this program's code and presets.
        machine: What it ran on.
        finished: When, UTC.
    """

    job: Job
    scores: Scores | None = None
    error: str = ""
    seconds: float | None = None
    learning_seconds: float | None = None
    steps: int | None = None
    peak_memory_mb: float | None = None
    parallel: int = 1
    versions: Mapping[str, str] = field(default_factory=dict)
    program: str = ""
    machine: str = ""
    finished: str = ""

    @property
    def whole(self) -> dict[str, float | None]:
        """The scores that stand for the whole result; empty where it failed."""
        return self.scores[WHOLE[self.job.task]] if self.scores else {}


class JobFolder:
    """The results below a benchmark's folder.

    Args:
        out: The benchmark's folder.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.cases = out / "cases"
        self.jobs = out / "jobs"

    def begin(self, task: Task) -> None:
        """Make the folder, or go on in one that an earlier command of the same kind has made.

        Raises:
            InputError: If something else is there; nothing is touched then.
        """
        mark = self.out / MARK
        if self.out.exists() and not mark.is_file():
            if not self.out.is_dir() or any(self.out.iterdir()):
                raise self._refusal("a benchmark's folder, or a new or empty one", "other files")
        elif mark.is_file():
            try:
                earlier = json.loads(mark.read_text())["task"]
            except (ValueError, KeyError, TypeError) as error:
                raise self._refusal(f"a readable {MARK}", "a damaged one") from error
            if earlier != task:
                raise self._refusal(f"a folder of `benchmark {task}`", f"one of {earlier}")
        self.cases.mkdir(parents=True, exist_ok=True)
        if not mark.is_file():
            mark.write_text(json.dumps({"task": task}) + "\n")

    def describe(self, task: Task, cases: Sequence[Case]) -> None:
        """Say in the folder what is being run; for who holds it."""
        from tfpaintsep.runs.provenance import make_provenance, write_json

        record = make_provenance(inputs={}, configuration={}, seed=0)
        about = [
            {"name": one.name, "digest": one.digest, "size": one.size, "source": one.source}
            for one in cases
        ]
        kept = {key: record[key] for key in ("software", "command", "started", "versions")}
        write_json(self.out / MARK, {"task": task, **kept, "cases": about})

    def _refusal(self, expected: str, found: str) -> InputError:
        return InputError(
            self.out,
            expected=expected,
            found=found,
            advice="Choose another --out; nothing was touched.",
        )

    def record(self, job: Job) -> Path:
        """The job's JSON, there once it has ended."""
        return self.jobs / f"{job.stem}.json"

    def estimate(self, job: Job, name: str) -> Path:
        """The TIFF of a layer or of the maps."""
        return self.jobs / f"{job.stem}-{name}.tif"

    def log(self, job: Job) -> Path:
        """What the job's process printed; kept where it failed."""
        return self.jobs / f"{job.stem}.log"

    def case(self, name: str, digest: str) -> Path:
        """The images of a case as the jobs get them."""
        return self.cases / f"{name}-{digest}.npz"

    def read(self, job: Job) -> Record | None:
        """The job's record; None where it has not ended, or the record cannot be read."""
        try:
            content = json.loads(self.record(job).read_text())
            return Record(**{**content, "job": Job(**content["job"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, record: Record) -> None:
        """Write a record, in one step."""
        from tfpaintsep.runs.provenance import write_json

        path = self.record(record.job)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(record))


def make_jobs(
    cases: Sequence[Case],
    methods: Mapping[str, Method[Any]],
    *,
    seeds: int,
    seconds: float,
    settings: Sequence[Mapping[str, Any]] = ({},),
    code: Mapping[str, str] | None = None,
) -> list[Job]:
    """Every method on every case with every seed; learning ones with each of the seeds.

    Args:
        cases: The cases.
        methods: The methods by name.
        seeds: How many, from 0, for methods that learn.
        seconds: Budget of those.
        settings: Changed settings, one job for each.
        code: By name, checksum of the file that a user's method comes from.

    Returns:
        Case by case, so that the first rows of all methods are there early; seeds outermost.
    """
    named = {case.name: case.digest for case in cases}
    task = cases[0].task
    return [
        Job(
            task=task,
            method=name,
            case=case,
            digest=digest,
            seed=seed,
            seconds=seconds if method.learned else None,
            settings=changed,
            code=(code or {}).get(name, ""),
        )
        for seed in range(seeds)
        for case, digest in named.items()
        for name, method in methods.items()
        if method.learned or seed == 0
        for changed in settings
    ]
