"""Jobs in child processes, several at a time if wanted, and the time that is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tfpaintsep.training.progress import ProgressDisplay

from .jobs import Job, JobFolder, Record
from .machine import machine

WORKER = "tfpaintsep.evaluation.benchmark.worker"
_START = 10.0  # seconds a job takes besides learning, for the estimate of the time left
_POLL = 0.1
_PATIENCE = 5.0  # seconds a process that is told to stop has for it


class _Child:
    """A job under way."""

    def __init__(self, job: Job, folder: JobFolder, request: str, environment: dict[str, str]):
        self.job, self.folder = job, folder
        self.began = time.monotonic()
        log = folder.log(job)
        log.parent.mkdir(parents=True, exist_ok=True)
        folder.record(job).unlink(missing_ok=True)  # of an attempt that failed
        with log.open("wb") as file:
            # In a process group of its own: an interruption reaches it through this process alone.
            self.process = subprocess.Popen(
                [sys.executable, "-m", WORKER, request],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def finish(self) -> None:
        """Make sure there is a record; drop the log of a job that went well."""
        record, log = self.folder.read(self.job), self.folder.log(self.job)
        if record is None:
            self.folder.write(
                Record(self.job, error=self._last_words(), machine=machine(), seconds=self.elapsed)
            )
        elif not record.error:
            log.unlink(missing_ok=True)

    def _last_words(self) -> str:
        code = self.process.returncode
        lines = self.folder.log(self.job).read_text(errors="replace").strip().splitlines()
        if code >= 0:
            end = f"the process ended with exit code {code}"
        else:
            end = f"the process was ended by {signal.Signals(-code).name}"
            end += ", as when memory runs out" if -code == signal.SIGKILL else ""
        return f"{end}: {lines[-1].strip()}" if lines else end

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(_PATIENCE)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        # Told to stop, a method may have recorded that as its failure.
        for path in (self.folder.log(self.job), self.folder.record(self.job)):
            path.unlink(missing_ok=True)


def run_jobs(
    jobs: Sequence[Job],
    folder: JobFolder,
    *,
    added: Sequence[Path] = (),
    parallel: int = 1,
    title: str = "Benchmark",
) -> None:
    """Run jobs, each in a process of its own; afterwards each has a record.

    Args:
        jobs: Those without a record; a failing one does not stop the rest.
        folder: Where cases are and records go.
        added: Files with further methods.
        parallel: Processes at a time.
        title: What the progress display calls it.

    Raises:
        KeyboardInterrupt: On SIGINT or SIGTERM, once the running jobs are stopped; those that
            ended keep their records.
    """
    waiting, running = list(jobs), list[_Child]()
    environment = _environment(parallel)
    # In seconds of work: a job that learns for minutes counts for more than one that does not.
    total = round(sum(map(_cost, jobs)))
    done, last = 0.0, ""
    with _interruptible(), ProgressDisplay(title, max(total, 1)) as display:
        try:
            while waiting or running:
                while waiting and len(running) < parallel:
                    job = waiting.pop(0)
                    request = _request(job, folder, added, parallel)
                    running.append(_Child(job, folder, request, environment))
                    last = f"{job.method} on {job.case}, seed {job.seed}"
                time.sleep(_POLL)
                for child in [one for one in running if one.process.poll() is not None]:
                    running.remove(child)
                    child.finish()
                    done += _cost(child.job)
                under_way = sum(min(child.elapsed, _cost(child.job)) for child in running)
                ended = len(jobs) - len(waiting) - len(running)
                note = f"{ended} of {len(jobs)} jobs; {last}"
                display.advance(min(round(done + under_way), total - bool(running)), note)
        finally:
            for child in running:
                child.stop()


def _cost(job: Job) -> float:
    return _START + (job.seconds or 0.0)


def _request(job: Job, folder: JobFolder, added: Sequence[Path], parallel: int) -> str:
    content: dict[str, Any] = {
        "job": asdict(job),
        "out": str(folder.out),
        "added": [str(path) for path in added],
        "parallel": parallel,
    }
    return json.dumps(content)


def _environment(parallel: int) -> dict[str, str]:
    """This process's; where several share the cores, each uses its part of them."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}
    if parallel > 1:
        threads = str(max(1, (os.cpu_count() or 1) // parallel))
        for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            environment.setdefault(name, threads)
    return environment


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the jobs as SIGINT does."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
