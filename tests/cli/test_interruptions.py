"""A run that is interrupted or killed at any moment ends as if it had never been."""

import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tifffile
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

pytestmark = pytest.mark.slow

PATIENCE = 600.0


@dataclass
class Struck:
    """A run that was stopped again and again, and what each process said."""

    folder: Path
    codes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def rows(folder: Path) -> int:
    """Rows of the history, its header included."""
    path = folder / "history.csv"
    return path.read_text().count("\n") if path.exists() else 0


def wait_until(process: subprocess.Popen[str], reached: Callable[[], bool]) -> None:
    """Look again and again until a moment has come."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert process.poll() is None, f"ended too early: {process.communicate()}"
        assert time.monotonic() < end
        time.sleep(0.001)


@dataclass(frozen=True)
class Strike:
    """When to end a process: what to wait for, for how many seconds more, and with what."""

    reached: Callable[[Path, int, set[str]], bool]
    """From the run folder, and its history's rows and checkpoints when the process began."""
    delay: float
    number: signal.Signals = signal.SIGKILL


def strikes(seed: int) -> list[Strike]:
    """Five kills and an interruption at random in the whole life of a run.

    While it begins, while it trains, while a checkpoint is written, and after its first
    picture, whatever the speed of the machine.
    """
    rng = random.Random(seed)

    def begun(folder: Path, before: int, known: set[str]) -> bool:
        return (folder / "provenance.json").exists()

    def trained(least: int) -> Callable[[Path, int, set[str]], bool]:
        return lambda folder, before, known: rows(folder) >= before + least

    def writing(folder: Path, before: int, known: set[str]) -> bool:
        return any(path.name not in known for path in (folder / "checkpoints").iterdir())

    def separated(folder: Path, before: int, known: set[str]) -> bool:
        return (folder / "surface.tif").exists()

    return [
        Strike(begun, rng.uniform(0, 2)),
        Strike(trained(rng.randint(2, 6)), rng.uniform(0, 0.1)),
        Strike(trained(rng.randint(2, 6)), 0, signal.SIGINT),
        Strike(writing, 0),
        Strike(trained(rng.randint(2, 6)), rng.uniform(0, 0.1)),
        Strike(separated, rng.uniform(0, 1)),
    ]


@pytest.fixture(scope="module")
def struck(
    painting: Any,
    tiny: Callable[..., list[str]],
    start_process: Callable[..., subprocess.Popen[str]],
    run_process: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Struck:
    """The run of `finished_run`, killed five times, once interrupted, and each time resumed."""
    run = Struck(tmp_path_factory.mktemp("struck") / "run")
    words = ["train-sep", *painting.options, *tiny(), "--out", run.folder, "--resume"]
    for strike in strikes(seed=20221):
        before = rows(run.folder)
        known = {path.name for path in (run.folder / "checkpoints").glob("*")}
        with start_process(*words) as process:
            try:
                wait_until(process, partial(strike.reached, run.folder, before, known))
                time.sleep(strike.delay)
                process.send_signal(strike.number)
                _, error = process.communicate(timeout=PATIENCE)
            except BaseException:
                process.kill()
                raise
        run.codes.append(process.returncode)
        run.errors.append(error)
        run.rows.append(rows(run.folder))
    last = run_process(*words)
    run.codes.append(last.code)
    run.errors.append(last.err)
    return run


def test_each_strike_hit_and_the_last_run_ended(struck: Struck) -> None:
    kill = -signal.SIGKILL
    assert struck.codes == [kill, kill, 130, kill, kill, kill, 0], struck.errors
    assert 0 < struck.rows[1] < struck.rows[4]  # it went on, and was not done
    assert struck.rows[4] < rows(struck.folder)


def test_ctrl_c_is_answered_in_a_line(struck: Struck) -> None:
    lines = [line for line in struck.errors[2].splitlines() if not line.startswith("Note:")]
    assert "--resume" in lines[-1]
    assert "stopped after step" in lines[-1]
    assert "Traceback" not in struck.errors[2]


def test_without_a_terminal_the_screen_shows_a_few_lines(struck: Struck) -> None:
    # None of TensorFlow's notices, and no bar.
    lines = [line for error in struck.errors for line in error.splitlines()]
    assert all(
        line.startswith(("Note:", "Training: ", "Stopping ", "Interrupted: ")) for line in lines
    ), lines
    assert any(line.startswith("Training: 100/100, 0:") for line in lines)


def test_the_pixels_are_those_of_an_undisturbed_run(struck: Struck, finished_run: Path) -> None:
    for name in ("surface", "concealed", "mixture", "residual"):
        found, expected = (
            tifffile.imread(folder / f"{name}.tif") for folder in (struck.folder, finished_run)
        )
        np.testing.assert_array_equal(found, expected)


def test_the_weights_are_those_of_an_undisturbed_run(struck: Struck, finished_run: Path) -> None:
    found, expected = (
        tf.train.load_checkpoint(tf.train.latest_checkpoint(folder / "checkpoints"))
        for folder in (struck.folder, finished_run)
    )
    names = set(expected.get_variable_to_shape_map())
    assert set(found.get_variable_to_shape_map()) == names
    compared = 0
    for name in names - {"_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter/.ATTRIBUTES/VARIABLE_VALUE"}:
        np.testing.assert_array_equal(found.get_tensor(name), expected.get_tensor(name), name)
        compared += 1
    assert compared > 20  # weights, both moments of Adam, and the step


def test_the_history_is_that_of_an_undisturbed_run(struck: Struck, finished_run: Path) -> None:
    found, expected = (
        (folder / "history.csv").read_bytes() for folder in (struck.folder, finished_run)
    )
    assert found == expected


def test_tensorboard_shows_each_step_once(struck: Struck, finished_run: Path) -> None:
    steps, values = [], []
    for folder in (struck.folder, finished_run):
        board = EventAccumulator(
            str(folder / "tensorboard"), tensor_size_guidance={"scalars": 0, "images": 0}
        )
        board.Reload()
        events = board.Tensors("training/loss")
        steps.append([event.step for event in events])
        steps.append([event.step for event in board.Tensors("pictures/surface")])
        values.append([float(make_ndarray(event.tensor_proto)) for event in events])
    assert steps[:2] == steps[2:]
    assert values[0] == values[1]


def test_nothing_half_written_is_taken_for_a_result(struck: Struck, finished_run: Path) -> None:
    visible = {path.name for path in struck.folder.iterdir() if not path.name.startswith(".")}
    assert visible == {path.name for path in finished_run.iterdir()}
    versions = [p.name for p in (struck.folder / "saved_model").iterdir() if p.name.isdigit()]
    assert versions == ["1"]


def test_the_whole_network_repeats_to_the_last_bit(
    tmp_path: Path, painting: Any, run_process: Callable[..., Any]
) -> None:
    # At its full size its convolutions are shared out among threads, as a tiny one's are not.
    for name in ("once", "again"):
        result = run_process(
            *("train-sep", "--xray", painting.xray, "--rgb", painting.rgb),
            *("--out", tmp_path / name, "--set", "training.epochs=1"),
        )
        assert result.code == 0, result.err
    for picture in ("surface.tif", "concealed.tif"):
        once, again = (tifffile.imread(tmp_path / name / picture) for name in ("once", "again"))
        np.testing.assert_array_equal(once, again)
    assert (tmp_path / "once/history.csv").read_text() == (
        tmp_path / "again/history.csv"
    ).read_text()
