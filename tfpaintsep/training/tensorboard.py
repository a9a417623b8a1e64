"""TensorBoard: scalars, pictures and hyper-parameters of a run."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import tensorflow as tf
from pydantic import BaseModel
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as charts_summary
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import summary as hparams_summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tfpaintsep.errors import TrainingDivergedError

from .board import Board

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
    """Writes a run's event files; as a context manager, also how the run ended.

    No list of hyper-parameters and metrics is written for the HPARAMS board: without one,
    TensorBoard collects both from all runs that it finds, of either method, and puts first the
    settings in which they differ.

    Args:
        folder: The run's `tensorboard/` folder.
        hparams: Flat hyper-parameters for the HPARAMS board.
        resume_step: Where a resumed run goes on; what was logged after it is purged.
        board: Captions, units and charts of what will be logged.
        text: What to say about the run on the TEXT board, in Markdown.
    """

    def __init__(
        self,
        folder: Path,
        hparams: dict[str, Any],
        resume_step: int = 0,
        board: Board | None = None,
        text: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _mark_start(folder, resume_step)
        self._board = board or Board()
        self._step = resume_step
        self._writer = tf.summary.create_file_writer(str(folder))
        self._write(hparams_summary.session_start_pb(hparams={**hparams}))
        if self._board.charts:
            self._write(charts_summary.pb(_layout(self._board)))
        if text:
            with self._writer.as_default(step=resume_step):
                tf.summary.text("about", text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A run that was interrupted has not ended: TensorBoard keeps the first ending it finds.
        if kind is None or issubclass(kind, TrainingDivergedError):
            status = api_pb2.STATUS_FAILURE if kind else api_pb2.STATUS_SUCCESS
            self._write(hparams_summary.session_end_pb(status))
        self.close()

    def advanced(self, step: int, values: dict[str, float]) -> None:
        """Log scalars; names like "loss/rgb" are grouped by what stands before the slash."""
        self._step = step
        with self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(
                    self._board.tag(name), value, description=self._board.caption(name)
                )
        self._writer.flush()

    def pictures(
        self, step: int, images: dict[str, np.ndarray], captions: Mapping[str, str]
    ) -> None:
        """Log pictures.

        Args:
            step: The step they show.
            images: By name, (h, w) or (h, w, 3), already scaled to [0, 1].
            captions: By name what a viewer should know, in Markdown. Of each name TensorBoard
                keeps the first one alone, so it must hold for all steps.
        """
        self._step = step
        with self._writer.as_default(step=step):
            for name, image in images.items():
                pixels = np.clip(np.nan_to_num(image), 0, 1)  # it may be about to diverge
                pixels = pixels[..., None] if pixels.ndim == 2 else pixels
                data = tf.constant(np.uint8(np.round(255 * pixels)))[None]
                tf.summary.image(f"pictures/{name}", data, description=captions.get(name))
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def _write(self, message: Any) -> None:
        with self._writer.as_default(step=self._step):
            tf.summary.experimental.write_raw_pb(
                tf.compat.v1.Summary(value=message.value).SerializeToString()
            )


def _layout(board: Board) -> layout_pb2.Layout:
    """The charts of the board Custom Scalars, in the order they are given."""
    return layout_pb2.Layout(
        category=[
            layout_pb2.Category(
                title=heading,
                chart=[
                    layout_pb2.Chart(
                        title=title,
                        multiline=layout_pb2.MultilineChartContent(tag=map(board.pattern, names)),
                    )
                    for title, names in charts.items()
                ],
            )
            for heading, charts in board.charts.items()
        ]
    )


def _mark_start(folder: Path, done: int) -> None:
    """Tell TensorBoard to forget the steps after `done`, which a killed run may have logged.

    It takes the first such event for the beginning of a run and each later one for a restart,
    so every session writes one. `tf.summary` cannot; TensorBoard's own writer can.
    """
    writer = EventFileWriter(os.fspath(folder))
    start = Event(step=done + 1, session_log=SessionLog(status=SessionLog.START))
    writer.add_event(start)
    writer.close()
