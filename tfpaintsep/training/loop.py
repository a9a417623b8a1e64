"""One training loop, around `strategy.run(model.train_step, ...)`, for both methods."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import keras
import numpy as np
import tensorflow as tf

from tfpaintsep.errors import TrainingDivergedError

from .checkpoints import Checkpoints
from .fusion import fused
from .precision import mixed_precision
from .strategies import shared_memory, single_device
from .workers import Workers

Batch = dict[str, tf.Tensor]


class Compilation(NamedTuple):
    """How a step is compiled.

    Attributes:
        mixed_precision: Whether products are computed in bfloat16.
        xla: Whether XLA compiles the whole of it; on one replica only.
        fused: Whether its fusible parts are compiled, where that is possible.
    """

    mixed_precision: bool = False
    xla: bool = False
    fused: bool = True


class Sampler(Protocol):
    """Where batches come from; stateless, so that a step always sees the same data.

    Attributes:
        samples: Samples of a batch that can be shared out, so the most replicas there can be;
            None if all replicas see the same.
    """

    @property
    def samples(self) -> int | None: ...  # noqa: D102

    def batch(self, step: tf.Tensor, replica: tf.Tensor, replicas: int) -> Batch:
        """The share of one replica of the global batch of a step, computed in the graph."""
        ...


class Observer(Protocol):
    """Somebody who wants to know how the training goes."""

    def advanced(self, step: int, values: dict[str, float]) -> None:
        """`step` steps are done; `values` are means over those since the last call."""
        ...


class Interrupted(Exception):  # noqa: N818 - the user asked for it: not an error
    """The run was stopped by a signal and can be resumed."""

    def __init__(self, step: int) -> None:
        self.step = step
        super().__init__(f"stopped after step {step}")


def call_boundaries(steps: int, steps_per_call: int, stops: Sequence[int]) -> list[int]:
    """The steps after which the loop returns to Python: multiples, the given stops, the end.

    They follow from the configuration alone, so a resumed run keeps the same history.
    """
    regular = range(steps_per_call, steps + 1, steps_per_call)
    return sorted({*regular, *(stop for stop in stops if 0 < stop <= steps), steps})


def train(
    model: keras.Model,
    sampler: Sampler,
    checkpoints: Checkpoints,
    *,
    metric_names: Sequence[str],
    steps: int,
    steps_per_call: int = 10,
    stops: Sequence[int] = (),
    observers: Sequence[Observer] = (),
    workers: Workers | None = None,
    compilation: Compilation | None = None,
    earlier: int = 0,
    later: int = 0,
    seconds: float | None = None,
    advice: str = "Start again in a new folder with a lower learning rate.",
) -> int:
    """Train from the checkpoints' step to the last one, or until the time is up.

    Args:
        model: Has `train_step(batch)`, which updates the weights and returns scalars.
        sampler: Gives each replica its share of a step's batch.
        checkpoints: The state to go on from; restored by the caller.
        metric_names: Keys of `train_step`'s result.
        steps: Total number of steps of the run, or of this stage of it.
        steps_per_call: Steps in one call of the compiled function.
        stops: Further steps after which observers are called.
        observers: Called after every call, in order.
        workers: Where to run, and with whom; by default this process alone, on one device.
        compilation: How the step is compiled.
        earlier: Steps of the stages before this one, which count in all that is reported.
        later: Steps of the stages after this one, which an interruption at its end prevents.
        seconds: End after the first call by whose end this time has passed, compilation
            included, as if its last step were the last one; None: no limit.
        advice: What to do about a training that diverges.

    Returns:
        Steps that are done; fewer than `steps` only where the time was up.

    Raises:
        TrainingDivergedError: If a loss term or gradient is not finite. The last
            checkpoint, written while all were finite, is kept, where there is one.
        Interrupted: After SIGINT or SIGTERM at any worker, once a checkpoint is written.
        InputError: If there are more replicas than samples in a batch.
        WorkerLostError: If another worker is gone.
    """
    began = time.monotonic()
    workers = workers or Workers()
    compilation = compilation or Compilation()
    workers.check(sampler.samples, xla=compilation.xla)
    advance = compiled_steps(model, sampler, workers.strategy, metric_names, compilation)
    done = int(checkpoints.step.numpy())
    with _deferred_signals() as stop_requested:
        for boundary in call_boundaries(steps, steps_per_call, stops):
            if boundary <= done:
                continue
            with workers.watched():
                result = advance(tf.constant(done, tf.int64), tf.constant(boundary, tf.int64))
                result = np.asarray(result, np.float64)
            values = dict(zip(metric_names, result.tolist(), strict=True))
            if broken := _not_finite(values, model):
                kept = "The last good checkpoint is kept. " if checkpoints.any else ""
                raise TrainingDivergedError(
                    f"Training diverged between steps {earlier + done} and {earlier + boundary}: "
                    f"{', '.join(broken)} not finite. {kept}{advice}"
                )
            done = boundary
            for observer in observers:
                observer.advanced(earlier + done, values)
            interrupted, time_is_up = workers.any(
                stop_requested(), seconds is not None and time.monotonic() - began >= seconds
            )
            if done == steps or time_is_up or interrupted:
                checkpoints.save(done)
            else:
                checkpoints.save_if_due(done)
            if interrupted and done < steps + later:
                raise Interrupted(earlier + done)
            if time_is_up:
                break
    return done


def compiled_steps(
    model: keras.Model,
    sampler: Sampler,
    strategy: tf.distribute.Strategy,
    metric_names: Sequence[str],
    compilation: Compilation | None = None,
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Compile a function that trains from one step up to another.

    The model's step and the sampler are traced as they are, without autograph: what depends on a
    tensor needs `tf.cond` or `tf.where`, not `if`.

    Returns:
        From the first step and the one to stop before, both int64 scalars, to the means of
        the metrics over these steps and all replicas, in the order of their names; or, as soon
        as a step has a metric that is not finite, to that step's metrics. The number of steps
        in a call changes nothing but how often Python is asked.
    """
    compilation = compilation or Compilation()
    # Within XLA all is fused anyway, and XLA and strategies of several do not go together.
    fusing = compilation.fused and not compilation.xla and strategy is single_device()

    def train_step(batch: Batch) -> Batch:
        with mixed_precision(compilation.mixed_precision), fused(fusing):
            values: Batch = model.train_step(batch)
            return values

    if compilation.xla:
        train_step = tf.function(train_step, autograph=False, jit_compile=True)

    def one(step: tf.Tensor) -> tf.Tensor:
        context = tf.distribute.get_replica_context()
        with shared_memory(strategy), tf.name_scope("batch"):
            batch = sampler.batch(
                step, context.replica_id_in_sync_group, context.num_replicas_in_sync
            )
        values = train_step(batch)
        return tf.stack([values[name] for name in metric_names])

    # Without autograph, which would translate the source of all that is called, a second's work:
    # this loop is the one place that needs control flow in the graph.
    @tf.function(autograph=False)
    def several(first: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
        def unfinished(step: tf.Tensor, _: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
            return (step < last) & _all_finite(values)

        def advance(
            step: tf.Tensor, total: tf.Tensor, _: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            replicas = strategy.run(one, args=(step,))
            values = strategy.reduce(tf.distribute.ReduceOp.MEAN, replicas, axis=None)
            return step + 1, total + values, values

        none = tf.zeros([len(metric_names)])
        _, total, values = tf.while_loop(unfinished, advance, [first, none, none])
        return tf.where(_all_finite(values), total / tf.cast(last - first, tf.float32), values)

    return several


def _all_finite(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_all(tf.math.is_finite(values))


def _not_finite(values: dict[str, float], model: keras.Model) -> list[str]:
    """Names of the metrics that are not finite; "weights" where only those are not."""
    broken = [name for name, value in values.items() if not np.isfinite(value)]
    # The last step's update comes after all that it reports.
    if not broken and not all(
        np.isfinite(variable.numpy()).all() for variable in model.trainable_variables
    ):
        broken = ["weights"]
    return broken


@contextmanager
def _deferred_signals() -> Iterator[Callable[[], bool]]:
    """Let SIGINT and SIGTERM end the run between calls; a second one ends it at once."""
    received: list[int] = []

    def remember(number: int, frame: object) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        os.write(2, b"Stopping after this call, then saving; once more to stop at once.\n")

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    previous = {
        number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
