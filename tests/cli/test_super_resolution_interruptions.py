"""A run of two stages that is stopped in either of them ends as if it had never been."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tifffile

pytestmark = pytest.mark.slow

PATIENCE = 600.0
STRIKES = ((12, signal.SIGKILL), (40, signal.SIGINT))
"""Rows of the history to wait for, of which the first 32 are pretraining's, and how to strike."""


@dataclass
class Struck:
    """A run that was stopped again and again, and what each process said."""

    folder: Path
    codes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def rows(folder: Path) -> int:
    """Rows of the history, without its header."""
    path = folder / "history.csv"
    return max(0, path.read_text().count("\n") - 1) if path.exists() else 0


@pytest.fixture(scope="module")
def struck(
    scan: Any,
    tiny_sr: Callable[..., list[str]],
    start_process: Callable[..., subprocess.Popen[str]],
    run_process: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Struck:
    """The run of `finished_sr`, struck twice and each time resumed."""
    run = Struck(tmp_path_factory.mktemp("struck_sr") / "run")
    words = ["train-sr", *scan.options, *tiny_sr(), "--out", run.folder, "--resume"]
    for least, number in STRIKES:
        with start_process(*words) as process:
            try:
                end = time.monotonic() + PATIENCE
                while rows(run.folder) < least:
                    assert process.poll() is None, f"ended too early: {process.communicate()}"
                    assert time.monotonic() < end
                    time.sleep(0.001)
                process.send_signal(number)
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


def test_each_strike_hit_its_stage_and_the_last_run_ended(struck: Struck) -> None:
    assert struck.codes == [-signal.SIGKILL, 130, 0], struck.errors
    assert 12 <= struck.rows[0] < 32 < struck.rows[1] < rows(struck.folder)


def test_ctrl_c_names_the_command_and_the_step_of_both_stages(struck: Struck) -> None:
    last = struck.errors[1].splitlines()[-1]
    assert "train-sr with the same arguments and --resume" in last
    step = int(last.partition("stopped after step ")[2].partition(".")[0])
    assert 60 < step < 120
    assert "Training: 120/120" in struck.errors[2]
    assert "a new one begins" in struck.errors[0]
    assert "a new one begins" not in "".join(struck.errors[1:])


def test_maps_and_history_are_those_of_an_undisturbed_run(
    struck: Struck, finished_sr: Path
) -> None:
    found, expected = (
        tifffile.imread(folder / "maps.tif") for folder in (struck.folder, finished_sr)
    )
    np.testing.assert_array_equal(found, expected)
    struck_rows, undisturbed_rows = (
        (folder / "history.csv").read_bytes() for folder in (struck.folder, finished_sr)
    )
    assert struck_rows == undisturbed_rows


@pytest.mark.parametrize(("stage", "least"), [("pretraining", 15), ("adversarial", 40)])
def test_weights_and_optimizers_are_those_of_an_undisturbed_run(
    struck: Struck, finished_sr: Path, stage: str, least: int
) -> None:
    found, expected = (
        tf.train.load_checkpoint(tf.train.latest_checkpoint(folder / "checkpoints" / stage))
        for folder in (struck.folder, finished_sr)
    )
    names = set(expected.get_variable_to_shape_map())
    assert set(found.get_variable_to_shape_map()) == names
    names -= {"_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter/.ATTRIBUTES/VARIABLE_VALUE"}
    assert len(names) > least  # weights, both moments of each Adam, and the step
    for name in names:
        np.testing.assert_array_equal(found.get_tensor(name), expected.get_tensor(name), name)


def test_nothing_half_written_is_left(struck: Struck, finished_sr: Path) -> None:
    visible = {path.name for path in struck.folder.iterdir() if not path.name.startswith(".")}
    assert visible == {path.name for path in finished_sr.iterdir()}
    versions = [p.name for p in (struck.folder / "saved_model").iterdir() if p.name.isdigit()]
    assert versions == ["1"]
