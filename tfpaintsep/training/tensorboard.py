"""TensorBoard: scalars, pictures and hyper-parameters of a run."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from pydantic import BaseModel
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.plugins.hparams import summary as hparams_summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

PAPER_EPOCHS = (1, 4, 10, 40, 120)
"""Epochs of Fig. 12 of Pu et al. 2022, out of 120."""


def picture_stops(length: int) -> tuple[int, ...]:
    """When pictures are logged, in epochs or steps: as in the paper's Fig. 12, scaled."""
    last = PAPER_EPOCHS[-1]
    return tuple(sorted({max(1, round(epoch * length / last)) for epoch in PAPER_EPOCHS}))


def flatten(config: BaseModel) -> dict[str, bool | float | int | str]:
    """A configuration as "section.name" to a plain value, for the HPARAMS board."""
    flat: dict[str, bool | float | int | str] = {}
    for section, fields in config.model_dump().items():
        for name, value in fields.items():
            plain = isinstance(value, bool | float | int | str)
            flat[f"{section}.{name}"] = value if plain else str(value)
    return flat


class TensorBoardLog:
    """Writes a run's event files.

    Args:
        folder: The run's `tensorboard/` folder.
        hparams: Flat hyper-parameters for the HPARAMS board.
        resume_step: Where a resumed run goes on; what was logged after it is purged.
    """

    def __init__(self, folder: Path, hparams: dict[str, Any], resume_step: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _mark_start(folder, resume_step)
        self._writer = tf.summary.create_file_writer(str(folder))
        with self._writer.as_default(step=resume_step):
            message = hparams_summary.session_start_pb(hparams={**hparams})
            tf.summary.experimental.write_raw_pb(
                tf.compat.v1.Summary(value=message.value).SerializeToString()
            )

    def advanced(self, step: int, values: dict[str, float]) -> None:
        """Log scalars; names like "loss/rgb" are grouped by what stands before the slash."""
        with self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name if "/" in name else f"training/{name}", value)
        self._writer.flush()

    def pictures(self, step: int, images: dict[str, np.ndarray], caption: str) -> None:
        """Log pictures.

        Args:
            step: The step they show.
            images: By name, (h, w) or (h, w, 3), already scaled to [0, 1].
            caption: What a viewer should know about them.
        """
        with self._writer.as_default(step=step):
            for name, image in images.items():
                pixels = np.clip(np.nan_to_num(image), 0, 1)  # it may be about to diverge
                pixels = pixels[..., None] if pixels.ndim == 2 else pixels
                data = tf.constant(np.uint8(np.round(255 * pixels)))[None]
                tf.summary.image(f"pictures/{name}", data, description=caption)
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


def _mark_start(folder: Path, done: int) -> None:
    """Tell TensorBoard to forget the steps after `done`, which a killed run may have logged.

    It takes the first such event for the beginning of a run and each later one for a restart,
    so every session writes one. `tf.summary` cannot; TensorBoard's own writer can.
    """
    writer = EventFileWriter(os.fspath(folder))
    start = Event(step=done + 1, session_log=SessionLog(status=SessionLog.START))
    writer.add_event(start)
    writer.close()
