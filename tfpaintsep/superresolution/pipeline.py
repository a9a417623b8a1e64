"""From maps and a photograph to a finished run folder: all of `train-sr` but its command line."""

import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from tfpaintsep.errors import TrainingDivergedError
from tfpaintsep.export.locate import versions
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import now
from tfpaintsep.training.board import SCORES, about, identity
from tfpaintsep.training.history import HistoryFile
from tfpaintsep.training.loop import Observer
from tfpaintsep.training.progress import ProgressDisplay
from tfpaintsep.training.replicas import plain_copy, refresh
from tfpaintsep.training.strategies import make_repeatable, shared_memory
from tfpaintsep.training.tensorboard import TensorBoardLog, flatten
from tfpaintsep.training.workers import Workers

from .board import BOARD, picture_captions
from .config import SuperResolutionConfig
from .denoising import take_noise_out
from .inference import Upscale, make_upscale, reach_of, upscale_tiled
from .network import SigmoidListaNetwork
from .one_scale_down import fit_enlargement
from .painting import ScannedPainting
from .pair import Pair
from .results import write_maps
from .scaling import MapScaling
from .serving import write_super_resolution_model
from .stages import Stage, adversarial_stage, pretraining_stage
from .training import ADVERSARIAL_METRICS, PRETRAINING_METRICS

PREVIEW = 96
"""Side of the central region shown in TensorBoard, in coarse pixels."""

PREVIEW_MAPS = 8
"""Number of maps shown in TensorBoard."""

Judge = Callable[[np.ndarray], dict[str, float]]
"""From maps (s h, s w, B), in their own units, to named scores."""


class SuperResolutionRun:
    """One painting, one configuration, one run folder; two stages.

    Args:
        painting: The images, checked.
        config: The complete configuration.
        folder: The run folder, already begun.
        judge: Scores the maps against known ones, if there are any.
        workers: Who trains; only the chief writes to the run folder.
        title: What the progress display calls the training.

    Attributes:
        observers: Whoever else wants to know how the training goes.
        steps: Steps of training that are done.
    """

    def __init__(
        self,
        painting: ScannedPainting,
        config: SuperResolutionConfig,
        folder: RunFolder,
        judge: Judge | None = None,
        workers: Workers | None = None,
        title: str = "Training",
    ) -> None:
        self.workers = workers or Workers()
        self.strategy = self.workers.strategy
        make_repeatable()
        self.painting = painting
        self.config = config
        self.folder = folder
        self.judge = judge
        self.observers: tuple[Observer, ...] = ()
        self.steps = 0
        self.title = title
        rgb = painting.photograph.values
        self.denoiser, known = take_noise_out(config, painting.maps.values, rgb)
        self.scaling = MapScaling.of(known, config.scaling.headroom)
        scaled = self.scaling.scale(known)
        self.enlargement, self.displacement = fit_enlargement(config, scaled, rgb)
        with shared_memory(self.strategy):
            self.pair = Pair(scaled, rgb, self.enlargement)
        with self.strategy.scope():
            self._stage = pretraining_stage(
                *(self.pair, config, folder.checkpoints),
                *(self.displacement or 0.0, self.workers),
            )
        self._take(self._stage)

    def execute(self) -> np.ndarray | None:
        """Train from where the run folder stands, super-resolve, and write all results.

        Returns:
            The maps (s h, s w, B), in their own units; None at a worker that is not the chief.

        Raises:
            TrainingDivergedError: If a loss term, a gradient or a map is not finite.
            Interrupted: After SIGINT or SIGTERM, once a checkpoint is written.
            WorkerLostError: If another worker is gone.
        """
        self._train()
        if not self.workers.is_chief:
            return None
        maps = self._finite_maps()
        self._write(maps)
        return maps

    def compute(self) -> np.ndarray:
        """Train as `execute` does, and super-resolve; the results are not written.

        Returns:
            The maps (s h, s w, B), in their own units.
        """
        self._train()
        return self._finite_maps()

    @property
    def stage(self) -> Stage:
        """The stage that is trained, or was the last."""
        return self._stage

    @property
    def network(self) -> SigmoidListaNetwork:
        """The generator, as it stands; a plain copy where it is trained on several devices."""
        refresh(self._network, self._stage.network)
        return self._network

    def maps(self) -> np.ndarray:
        """The whole scan, as the generator stands."""
        refresh(self._network, self._stage.network)
        return upscale_tiled(
            self._apply,
            self.painting.maps.values,
            self.painting.photograph.values,
            self.enlargement.downsampling.scale,
            reach_of(self.enlargement, self.denoiser),
        )

    def _finite_maps(self) -> np.ndarray:
        maps = self.maps()
        if not np.isfinite(maps).all():
            raise TrainingDivergedError(
                f"Training ended with a generator whose maps are not finite. {self._stage.remedy}"
            )
        return maps

    def preview(self) -> dict[str, np.ndarray]:
        """Some maps of the central region as the generator stands, in [0, 1]."""
        s, area = self.enlargement.downsampling.scale, self._preview_area()
        refresh(self._network, self._stage.network)
        coarse = self.painting.maps.values[area]
        rgb = self.painting.photograph.values[
            tuple(slice(s * part.start, s * part.stop) for part in area)
        ]
        fine = self._apply(tf.constant(coarse[None]), tf.constant(rgb[None])).numpy()[0]
        low, high = coarse.min(axis=(0, 1)), coarse.max(axis=(0, 1))
        scaled = (fine - low) / np.where(high > low, high - low, 1)
        names = self.painting.maps.names[:PREVIEW_MAPS]
        return {name: scaled[..., index] for index, name in enumerate(names)}

    def preview_captions(self) -> Mapping[str, str]:
        """What these pictures show, on which scale."""
        coarse = self.painting.maps.values[self._preview_area()]
        low, high = coarse.min(axis=(0, 1)), coarse.max(axis=(0, 1))
        return picture_captions(self.painting.maps.names, low, high, self.painting.maps.unit)

    def _preview_area(self) -> tuple[slice, ...]:
        return tuple(
            slice((length - side) // 2, (length - side) // 2 + side)
            for length in self.painting.maps.size
            for side in [min(length, PREVIEW)]
        )

    def _board(self, done: int) -> TensorBoardLog:
        record = self.folder.read_provenance() if self.folder.exists else {}
        settings = {**identity(record, "super-resolution"), **flatten(self.config)}
        text = about(record, "super-resolution")
        return TensorBoardLog(self.folder.tensorboard, settings, done, BOARD, text)

    def scores(self) -> dict[str, float]:
        """The judge's scores of the maps as the generator stands."""
        if self.judge is None:
            return {}
        maps = self.maps()
        if not np.isfinite(maps).all():  # the loop will notice
            return {}
        return {f"{SCORES}/{name}": value for name, value in self.judge(maps).items()}

    def _take(self, stage: Stage) -> None:
        """Make a stage the present one."""
        self._stage = stage
        self._network = plain_copy(stage.network)
        # One graph for every size: whether an earlier size was seen must not change a bit.
        signature = [
            tf.TensorSpec([None, None, None, channels], tf.float32)
            for channels in (self.painting.maps.bands, 3)
        ]
        self._apply: Upscale = tf.function(
            make_upscale(self._network, self.enlargement, self.scaling, self.denoiser),
            input_signature=signature,
            autograph=False,
        )

    def _train(self) -> None:
        c = self.config
        limit = c.training.seconds
        end = math.inf if limit is None else time.monotonic() + limit
        total = c.pretraining.steps + c.adversarial.steps
        stages = self._stages()
        begun = next(stages)
        done = begun.earlier + begun.done
        names = [*PRETRAINING_METRICS, *(ADVERSARIAL_METRICS if c.adversarial.steps else ())]
        with ExitStack() as open_logs:
            observers = list(self.observers)
            if self.workers.is_chief:
                log = open_logs.enter_context(self._board(done))
                history = HistoryFile(self.folder.history, done)
                display = ProgressDisplay(self.title, total, done, seconds=limit)
                progress = open_logs.enter_context(display)
                columns = tuple(dict.fromkeys(names))
                observers.insert(0, _Observer(self, columns, log, history, progress))
            for stage in itertools.chain([begun], stages):
                done = stage.train(observers, c.training, self.workers, end - time.monotonic())
                self.steps = stage.earlier + done
                if self.workers.any(time.monotonic() >= end)[0]:  # nothing is left for another
                    break

    def _stages(self) -> Iterator[Stage]:
        """The stages that are not yet done, each built when the one before has ended."""
        first, c = self._stage, self.config
        if first.done < first.steps or not c.adversarial.steps:
            yield first
        if c.adversarial.steps:
            with self.strategy.scope():
                second = adversarial_stage(
                    first.network, self.pair, c, self.folder.checkpoints, self.workers
                )
            self._take(second)
            yield second

    def _write(self, maps: np.ndarray) -> None:
        measured, record = self.painting.maps, self.folder.read_provenance()
        u = self.enlargement.downsampling
        write_maps(self.folder, maps, measured, u.scale, record)
        if not versions(self.folder.saved_model):  # a resumed run may have got this far
            write_super_resolution_model(
                self.folder.saved_model,
                self.network,
                self.enlargement,
                self.scaling,
                measured,
                self.denoiser,
            )
        error = np.abs(u.down(tf.constant(maps[None])).numpy()[0] - measured.values)
        facts: dict[str, Any] = {
            "consistency_error": float((error / np.ptp(measured.values, axis=(0, 1))).max())
        }
        if self.denoiser is not None:
            facts["noise_taken_out"] = self.denoiser.taken_out(measured, error)
        if self.enlargement.trust is not None and self.config.enlargement.trust == "measured":
            facts["trust"] = dict(zip(measured.names, self.enlargement.trust, strict=True))
        if self.enlargement.sharpness is not None:
            facts["sharpness"] = dict(zip(measured.names, self.enlargement.sharpness, strict=True))
        if self.displacement is not None:
            facts["photograph_displacement_px"] = self.displacement
        c = self.config
        planned = c.pretraining.steps + c.adversarial.steps
        self.folder.end(
            finished=now(),
            steps=self.steps,
            planned_steps=planned,
            trained_on=self.workers.describe(),
            **facts,
        )


@dataclass
class _Observer:
    """Sends what the loop reports to the history, TensorBoard and the progress display."""

    run: SuperResolutionRun
    columns: tuple[str, ...]
    board: TensorBoardLog
    history: HistoryFile
    progress: ProgressDisplay

    def advanced(self, step: int, values: dict[str, float]) -> None:
        stage = self.run.stage
        self.history.advanced(step, dict.fromkeys(self.columns, float("nan")) | values)
        self.progress.advance(step, f"{stage.title.lower()}, loss {values['loss']:.4g}")
        if step in stage.pictures:
            self.board.pictures(step, self.run.preview(), self.run.preview_captions())
            values = values | self.run.scores()
        self.board.advanced(step, values)
