"""The loop: where it stops, what it reports, and how it is interrupted."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.errors import InputError, TrainingDivergedError
from tfpaintsep.training.checkpoints import Checkpoints
from tfpaintsep.training.loop import Interrupted, call_boundaries, train


class Notes:
    """An observer that remembers, and may do something at a step."""

    def __init__(self, at: int = -1, action: Callable[[], None] = lambda: None) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []
        self.at, self.action = at, action

    def advanced(self, step: int, values: dict[str, float]) -> None:
        self.rows.append((step, values))
        if step == self.at:
            self.action()


class Session:
    """A line, its checkpoints and its notes; what a process has."""

    def __init__(self, folder: Path, line: Any, seconds: float = 1e9) -> None:
        self.line = line
        self.checkpoints = Checkpoints(folder, line, {"optimizer": line.optimizer}, seconds)

    def train(self, points: Any, notes: Notes, **settings: Any) -> int:
        return train(
            self.line,
            points,
            self.checkpoints,
            metric_names=("loss", "step"),
            observers=[notes],
            **{"steps": 20, "steps_per_call": 5, **settings},
        )

    def weights(self) -> list[float]:
        values = [*self.line.trainable_variables, *self.line.optimizer.variables]
        return [float(value) for value in values]


@pytest.mark.parametrize(
    ("steps", "per_call", "stops", "expected"),
    [
        (20, 5, (), [5, 10, 15, 20]),
        (22, 5, (), [5, 10, 15, 20, 22]),
        (20, 8, (3, 16, 17), [3, 8, 16, 17, 20]),
        (3, 10, (), [3]),
        (10, 5, (0, 11, -4), [5, 10]),
        (2, 1, (1, 2), [1, 2]),
    ],
)
def test_boundaries(steps: int, per_call: int, stops: tuple[int, ...], expected: list[int]) -> None:
    assert call_boundaries(steps, per_call, stops) == expected


def test_observers_get_means_over_the_steps_since_the_last_call(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    session, notes = Session(tmp_path, make_line()), Notes()
    session.train(make_points(), notes, steps=12, stops=(7,))
    assert [step for step, _ in notes.rows] == [5, 7, 10, 12]
    assert [row["step"] for _, row in notes.rows] == [2, 5.5, 8, 10.5]
    losses = [row["loss"] for _, row in notes.rows]
    assert losses == sorted(losses, reverse=True)


def test_how_many_steps_a_call_takes_does_not_change_the_weights(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    weights = []
    choices: list[dict[str, Any]] = [{}, {"steps_per_call": 1}, {"stops": (2, 13)}]
    for index, settings in enumerate(choices):
        session = Session(tmp_path / str(index), make_line())
        session.train(make_points(), Notes(), **settings)
        weights.append(session.weights())
    assert weights[0] == weights[1] == weights[2]


@pytest.mark.parametrize("seconds", [None, 1e6])
def test_enough_time_changes_nothing(
    tmp_path: Path, make_line: Callable, make_points: Callable, seconds: float | None
) -> None:
    session, notes = Session(tmp_path, make_line()), Notes()
    assert session.train(make_points(), notes, seconds=seconds) == 20
    assert [step for step, _ in notes.rows] == [5, 10, 15, 20]


def test_training_ends_with_the_call_in_which_its_time_is_up(
    tmp_path: Path, make_line: Callable, make_points: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("tfpaintsep.training.loop.time.monotonic", lambda: clock[0])
    session = Session(tmp_path, make_line())
    notes = Notes(at=10, action=lambda: clock.__setitem__(0, 130.0))
    assert session.train(make_points(), notes, seconds=30.0) == 10
    assert [step for step, _ in notes.rows] == [5, 10]
    again = Session(tmp_path, make_line())  # the last step is kept, and can be gone on from
    assert again.checkpoints.restore() == 10
    assert again.weights() == session.weights()
    assert again.train(make_points(), Notes(), seconds=0.0) == 15  # one call, however short
    assert again.train(make_points(), Notes(), steps=15, seconds=0.0) == 15  # none is left


def test_the_last_step_is_always_kept(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    session = Session(tmp_path, make_line())
    session.train(make_points(), Notes(), steps=7)
    assert tf.train.latest_checkpoint(tmp_path).endswith("ckpt-7")
    assert len(list(tmp_path.glob("*.index"))) == 1  # seconds forbid others
    again = Session(tmp_path, make_line())
    assert again.checkpoints.restore() == 7
    assert again.weights() == session.weights()
    notes = Notes()
    again.train(make_points(), notes, steps=7)
    assert notes.rows == []
    assert again.weights() == session.weights()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_at_a_checkpoint_and_resuming_makes_no_difference(
    tmp_path: Path, make_line: Callable, make_points: Callable, number: signal.Signals
) -> None:
    undisturbed, all_notes = Session(tmp_path / "a", make_line()), Notes()
    undisturbed.train(make_points(), all_notes)

    before = signal.getsignal(number)
    session = Session(tmp_path / "b", make_line())
    notes = Notes(at=10, action=lambda: os.kill(os.getpid(), number))
    with pytest.raises(Interrupted, match="after step 10"):
        session.train(make_points(), notes)
    assert signal.getsignal(number) is before

    resumed, later_notes = Session(tmp_path / "b", make_line()), Notes()
    assert resumed.checkpoints.restore() == 10
    resumed.train(make_points(), later_notes)
    assert resumed.weights() == undisturbed.weights()
    assert notes.rows + later_notes.rows == all_notes.rows


def test_a_signal_in_the_last_call_ends_the_run_if_another_stage_follows(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    for later, end in ((0, contextlib.nullcontext()), (1, pytest.raises(Interrupted, match="27"))):
        session = Session(tmp_path / str(later), make_line())
        notes = Notes(at=27, action=lambda: os.kill(os.getpid(), signal.SIGINT))
        with end:
            session.train(make_points(), notes, earlier=7, later=later)
        assert session.checkpoints.restore() == 20
        assert [step for step, _ in notes.rows] == [12, 17, 22, 27]


def test_a_second_signal_ends_the_run_at_once(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    def twice() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    notes = Notes(at=10, action=twice)
    with pytest.raises(KeyboardInterrupt):
        Session(tmp_path, make_line()).train(make_points(), notes)
    assert [step for step, _ in notes.rows] == [5, 10]


def test_a_run_in_a_thread_leaves_signals_alone(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    session, notes = Session(tmp_path, make_line()), Notes()
    thread = threading.Thread(target=session.train, args=(make_points(), notes))
    thread.start()
    thread.join(120)
    assert [step for step, _ in notes.rows] == [5, 10, 15, 20]


def test_divergence_names_the_term_and_keeps_the_last_good_checkpoint(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    session, notes = Session(tmp_path, make_line(), seconds=0), Notes()
    with pytest.raises(TrainingDivergedError) as caught:
        session.train(make_points(broken_from=12), notes, earlier=100, advice="Lower the rate.")
    message = str(caught.value)
    assert "between steps 110 and 115: loss not finite" in message
    assert message.endswith("Lower the rate.")
    assert [step for step, _ in notes.rows] == [105, 110]
    again = Session(tmp_path, make_line())
    assert again.checkpoints.restore() == 10
    assert np.isfinite(again.weights()).all()


def test_divergence_names_the_term_that_broke_first(
    tmp_path: Path, make_counter: Callable, make_points: Callable
) -> None:
    # Both terms break within one call of five steps.
    session, notes = Session(tmp_path, make_counter(), seconds=0), Notes()
    with pytest.raises(TrainingDivergedError, match=": loss not finite"):
        session.train(make_points(), notes)


def test_divergence_after_the_loss_was_taken_is_noticed(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    # The last step of a call can break the weights while all it reports is finite.
    line = make_line()
    session = Session(tmp_path, line, seconds=0)
    notes = Notes(at=5, action=lambda: line.optimizer.learning_rate.assign(np.inf))
    with pytest.raises(TrainingDivergedError, match="between steps 5 and 6: weights not finite"):
        session.train(make_points(), notes, stops=(6,))
    again = Session(tmp_path, make_line())
    assert again.checkpoints.restore() == 5
    assert np.isfinite(again.weights()[:2]).all()


def test_a_checkpoint_of_another_network_is_refused(
    tmp_path: Path, make_line: Callable, make_points: Callable
) -> None:
    Session(tmp_path, make_line()).train(make_points(), Notes(), steps=5)
    line = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    line.optimizer = make_line().optimizer
    with pytest.raises(InputError, match="this network") as caught:
        Session(tmp_path, line).checkpoints.restore()
    assert str(tmp_path) in str(caught.value)


def test_checkpoints_are_written_when_due_and_two_are_kept(
    tmp_path: Path, make_line: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("tfpaintsep.training.checkpoints.time.monotonic", lambda: clock[0])
    checkpoints = Session(tmp_path, make_line(), seconds=30).checkpoints
    written = []
    for step, now in ((1, 101), (2, 129), (3, 131), (4, 160), (5, 162), (6, 300)):
        clock[0] = now
        checkpoints.save_if_due(step)
        written.append(tf.train.latest_checkpoint(tmp_path))
    assert [path and Path(path).name for path in written] == [
        *(None, None, "ckpt-3", "ckpt-3", "ckpt-5", "ckpt-6")
    ]
    assert {path.stem for path in tmp_path.glob("*.index")} == {"ckpt-5", "ckpt-6"}


def test_without_a_checkpoint_a_run_begins_at_the_start(
    tmp_path: Path, make_line: Callable
) -> None:
    assert Session(tmp_path / "new", make_line()).checkpoints.restore() == 0
