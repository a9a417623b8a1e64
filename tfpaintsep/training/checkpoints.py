"""Checkpoints: everything a resumed run needs to end as if never interrupted."""

import time
from pathlib import Path

import keras
import tensorflow as tf

from tfpaintsep.errors import InputError

from .workers import Workers


class Checkpoints:
    """Weights, optimizers and the position, kept in a folder.

    All random numbers are functions of (seed, step), so the step is the random state and
    the position in the data at once. TensorFlow writes the data first and then replaces the
    file `checkpoint` that names them: a run killed at any moment leaves the one before.

    Args:
        folder: Where checkpoints are written.
        model: The trained model, built.
        optimizers: Its optimizers by name, built.
        seconds: Least time between two periodic checkpoints.
        workers: Who trains; only the chief reads and writes the folder.
    """

    def __init__(
        self,
        folder: Path,
        model: keras.Model,
        optimizers: dict[str, keras.optimizers.Optimizer],
        seconds: float = 30.0,
        workers: Workers | None = None,
    ) -> None:
        self._workers = workers or Workers()
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        self._seconds = seconds
        self._written = time.monotonic()
        self._checkpoint = tf.train.Checkpoint(model=model, step=self.step, **optimizers)
        self._manager = tf.train.CheckpointManager(self._checkpoint, str(folder), max_to_keep=2)
        self._variables = [*model.variables, self.step]
        for optimizer in optimizers.values():
            self._variables += optimizer.variables

    def restore(self) -> int:
        """Go to the newest checkpoint, if there is one, and all workers to the chief's state.

        Returns:
            The step it was written at; 0 without a checkpoint.

        Raises:
            InputError: If the checkpoint belongs to another network.
        """
        self._workers.agree(self._read)
        self._workers.spread(self._variables)
        return int(self.step.numpy())

    def _read(self) -> None:
        newest = self._manager.latest_checkpoint if self._workers.is_chief else None
        if newest is None:
            return
        try:
            status = self._checkpoint.restore(newest)
            status.assert_existing_objects_matched()
            status.assert_consumed()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            raise InputError(
                newest,
                expected="a checkpoint of this network and optimizer",
                found=str(error).splitlines()[0][:200],
                advice="Resume with the configuration the run was started with.",
            ) from error

    @property
    def any(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return self._manager.latest_checkpoint is not None

    def save(self, step: int) -> None:
        """Write a checkpoint now."""
        self.step.assign(step)
        if self._workers.is_chief:
            self._manager.save(checkpoint_number=step)
        self._written = time.monotonic()

    def save_if_due(self, step: int) -> None:
        """Write a checkpoint unless the last one is recent."""
        if time.monotonic() - self._written >= self._seconds:
            self.save(step)
