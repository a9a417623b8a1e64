"""Two processes on this machine train together, as two machines would."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

Start = Callable[..., list["subprocess.Popen[str]"]]
HEALTH = 60.0
"""Seconds within which the others must notice that a worker is gone."""


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture
def start_workers(
    start_process: Callable[..., "subprocess.Popen[str]"], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Start]:
    """`start_workers(*args)`: the same command as worker 0, the chief, and as worker 1."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: object, only_first: tuple[str, ...] = ()) -> list["subprocess.Popen[str]"]:
        addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
        for index in range(2):
            config = {
                "cluster": {"worker": addresses},
                "task": {"type": "worker", "index": index},
            }
            monkeypatch.setenv("TF_CONFIG", json.dumps(config))
            started.append(start_process(*args, *(() if index else only_first)))
        return started[-2:]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ends(workers: list["subprocess.Popen[str]"], patience: float = 600) -> list[tuple[int, str]]:
    """Exit code and messages of each."""
    results = []
    for worker in workers:
        _, err = worker.communicate(timeout=patience)
        results.append((worker.returncode, err))
    return results


def wait_for_rows(run: Path, count: int, worker: "subprocess.Popen[str]") -> None:
    """Wait until the history has more than so many rows."""
    history, deadline = run / "history.csv", time.monotonic() + 600
    while not history.is_file() or len(history.read_text().splitlines()) <= count + 1:
        assert worker.poll() is None, worker.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rows(run: Path) -> int:
    return len((run / "history.csv").read_text().splitlines())


def layers(run: Path) -> dict[str, np.ndarray]:
    return {name: tifffile.imread(run / f"{name}.tif") for name in ("surface", "concealed")}


@pytest.mark.slow
def test_lost_or_interrupted_workers_lose_nothing(
    painting: Any, tiny: Callable[..., list[str]], start_workers: Start, tmp_path: Path
) -> None:
    options = [
        *(painting.options),
        *tiny("training.steps_per_call=1", "training.epochs=40", "training.steps_per_epoch=2"),
    ]
    undisturbed, run = tmp_path / "undisturbed", tmp_path / "run"
    whole = start_workers("train-sep", *options, "--out", undisturbed)
    assert [code for code, _ in ends(whole)] == [0, 0]
    facts = json.loads((undisturbed / "provenance.json").read_text())["trained_on"]
    assert (facts["strategy"], facts["replicas"], len(facts["workers"])) == ("multiworker", 2, 2)

    # A signal to one worker stops both, with a checkpoint.
    first = start_workers("train-sep", *options, "--out", run)
    wait_for_rows(run, 10, first[0])
    first[1].send_signal(signal.SIGTERM)
    for code, message in ends(first):
        assert code == 130, message
        assert "--resume" in message
    stopped = rows(run)
    assert stopped < 81

    # A worker that is killed: the other says which, within a minute.
    second = start_workers("train-sep", *options, "--out", run, "--resume")
    wait_for_rows(run, stopped + 10, second[0])
    second[1].kill()
    began = time.monotonic()
    code, message = ends(second[:1])[0]
    assert time.monotonic() - began < HEALTH
    assert code == 130, message
    assert "worker 1 (127.0.0.1:" in message
    assert "--resume" in message
    assert "Traceback" not in message
    assert rows(run) < 81

    last = start_workers("train-sep", *options, "--out", run, "--resume")
    assert [code for code, _ in ends(last)] == [0, 0]
    assert (run / "history.csv").read_text() == (undisturbed / "history.csv").read_text()
    for name, image in layers(run).items():
        np.testing.assert_array_equal(image, layers(undisturbed)[name])


@pytest.mark.slow
def test_workers_super_resolve_as_one_process_does(
    scan: Any, tiny_sr: Callable[..., list[str]], finished_sr: Path, start_workers: Start,
    tmp_path: Path,
) -> None:  # fmt: skip
    out = tmp_path / "run"
    workers = start_workers("train-sr", *scan.options, *tiny_sr(), "--out", out)
    (code, chief), (other_code, other) = ends(workers)
    assert (code, other_code) == (0, 0), chief + other
    assert "This is worker 1" in other
    alone, together = (tifffile.imread(run / "maps.tif") for run in (finished_sr, out))
    np.testing.assert_allclose(together, alone, atol=1e-3 * np.ptp(alone))


@pytest.mark.slow
def test_a_worker_with_other_settings_stops_all_before_anything_is_touched(
    painting: Any, tiny: Callable[..., list[str]], start_workers: Start, run_copy: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in run_copy.rglob("*")}
    workers = start_workers(
        *("train-sep", *painting.options, *tiny(), "--out", run_copy, "--overwrite"),
        only_first=("--set", "training.seed=1"),
    )
    (code, chief), (other_code, other) = ends(workers)
    assert (code, other_code) == (2, 2)
    assert "worker 1 (127.0.0.1:" in chief
    assert "the settings training: expected what the chief was given" in other
    assert {path: path.stat().st_mtime_ns for path in run_copy.rglob("*")} == before
