"""From two images to a finished run folder: the whole of `train-sep` but its command line."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from tfpaintsep.export.locate import versions
from tfpaintsep.images.painting import Radiograph
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import now
from tfpaintsep.training.board import SCORES, about, identity
from tfpaintsep.training.checkpoints import Checkpoints
from tfpaintsep.training.history import HistoryFile
from tfpaintsep.training.loop import Compilation, Observer, train
from tfpaintsep.training.progress import ProgressDisplay
from tfpaintsep.training.replicas import plain_copy, refresh
from tfpaintsep.training.strategies import make_repeatable, shared_memory
from tfpaintsep.training.tensorboard import TensorBoardLog, flatten, picture_stops
from tfpaintsep.training.workers import Workers

from .board import BOARD, picture_captions
from .config import SeparationConfig
from .disagreement import with_spread, write_spread
from .inference import Separated, separate
from .network import SeparationNetwork
from .painting import Painting
from .results import write_layers
from .sampling import PatchSampler
from .serving import write_separation_model
from .start import Start, make_start
from .training import METRICS, SeparationTrainer, learned_scalars, make_optimizer

PREVIEW = 384
"""Side of the central region shown in TensorBoard, in pixels."""

Judge = Callable[[np.ndarray, np.ndarray], dict[str, float]]
"""From the two layers, (h, w) in units of the gain, to named scores."""


class SeparationRun:
    """One painting, one configuration, one run folder.

    Args:
        painting: The images, checked.
        config: The complete configuration.
        folder: The run folder, already begun.
        judge: Scores the layers against known ones, if there are any.
        workers: Who trains; only the chief writes to the run folder.
        title: What the progress display calls the training.

    Attributes:
        network: The network; a plain copy of it where it is trained on several devices.
        observers: Whoever else wants to know how the training goes.
        steps: Steps of training that are done.
    """

    def __init__(
        self,
        painting: Painting,
        config: SeparationConfig,
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
        self.xray = painting.radiograph.normalised()
        self.rgb = painting.photograph.values
        if painting.init is None:
            self.start, self.init = make_start(config.start, self.xray, self.rgb)
        else:  # the model will be given its first guess with every painting, too
            self.start, self.init = Start(), self._given_guess(painting.init)
        with shared_memory(self.strategy):
            self.sampler = PatchSampler(self.xray, self.rgb, self.init, config.training)
        with self.strategy.scope():
            seed = config.training.seed
            self.trainer = SeparationTrainer(
                SeparationNetwork(config.network, seed), config.loss, config.training.clip_norm
            )
            self.trainer.network.build()
            optimizer = make_optimizer(config.training, self.sampler.steps_per_epoch)
            optimizer.build(self.trainer.network.trainable_variables)
            self.trainer.optimizer = optimizer
        self.network = plain_copy(self.trainer.network)
        # One graph for every size: whether an earlier size was seen must not change a bit.
        self._apply = tf.function(
            lambda images: self.network(images),
            input_signature=[
                {
                    name: tf.TensorSpec([None, None, None, channels], tf.float32)
                    for name, channels in (("xray", 1), ("rgb", 3), ("init", 1))
                }
            ],
            autograph=False,
        )

    def execute(self) -> Separated | None:
        """Train from where the run folder stands, separate, and write all results.

        Returns:
            The layers, in the radiograph's own units; None at a worker that is not the chief.

        Raises:
            TrainingDivergedError: If a loss term or gradient stops being finite.
            Interrupted: After SIGINT or SIGTERM, once a checkpoint is written.
            WorkerLostError: If another worker is gone.
        """
        self._train()
        if not self.workers.is_chief:
            return None
        layers, radiograph = self.layers(), self.painting.radiograph
        result = Separated(
            radiograph.to_own_units(layers.surface), radiograph.to_own_units(layers.concealed)
        )
        mixture = radiograph.to_own_units(layers.mixture)
        self._write(result, mixture)
        # Last: whatever becomes of it, the layers and the model are there.
        spread = with_spread(self._apply, self._images(), layers, self.config.inference).spread
        gain = np.float32(radiograph.gain)
        result = replace(
            result, spread=spread and {name: gain * values for name, values in spread.items()}
        )
        write_spread(self.folder, result, radiograph, self.config.inference)
        self._end(mixture)
        return result

    def compute(self) -> Separated:
        """Train as `execute` does, and separate; the results are not written.

        Returns:
            The layers, in units of the gain, absorbing paint bright.
        """
        self._train()
        return self.layers()

    def layers(self) -> Separated:
        """The layers as the network stands, in units of the gain, absorbing paint bright."""
        refresh(self.network, self.trainer.network)
        return separate(self._apply, self._images(), self.config.inference, self.radius)

    @property
    def radius(self) -> int:
        """The network's receptive radius, pixels."""
        return self.network.receptive_radius()

    def _train(self) -> None:
        checkpoints = Checkpoints(
            self.folder.checkpoints,
            self.trainer.network,
            {"optimizer": self.trainer.optimizer},
            self.config.training.checkpoint_seconds,
            self.workers,
        )
        done = checkpoints.restore()
        c = self.config.training
        limit = c.seconds
        steps, per_epoch = self.sampler.steps, self.sampler.steps_per_epoch
        stops = [epoch * per_epoch for epoch in picture_stops(c.epochs)]
        with ExitStack() as open_logs:
            observers = list(self.observers)
            if self.workers.is_chief:
                log = open_logs.enter_context(self._board(done))
                history = HistoryFile(self.folder.history, done)
                display = ProgressDisplay(self.title, steps, done, seconds=limit)
                progress = open_logs.enter_context(display)
                observers.insert(0, _Observer(self, set(stops), log, history, progress))
            self.steps = train(
                self.trainer,
                self.sampler,
                checkpoints,
                metric_names=METRICS,
                steps=steps,
                steps_per_call=c.steps_per_call,
                stops=stops,
                observers=observers,
                workers=self.workers,
                compilation=Compilation(c.mixed_precision, c.xla),
                seconds=limit,
                advice="Start again in a new folder with a lower training.learning_rate, or "
                "with training.clip_norm set.",
            )

    def _board(self, done: int) -> TensorBoardLog:
        record = self.folder.read_provenance() if self.folder.exists else {}
        settings = {**identity(record, "separation"), **flatten(self.config)}
        text = about(record, "separation")
        return TensorBoardLog(self.folder.tensorboard, settings, done, BOARD, text)

    @property
    def white(self) -> float:
        """The value shown white in TensorBoard, in units of the gain."""
        return float(np.percentile(self.xray, 99.5))

    def preview(self) -> dict[str, np.ndarray]:
        """The five pictures of the central region as the network stands, in [0, 1]."""
        area = tuple(
            slice((length - side) // 2, (length - side) // 2 + side)
            for length in self.xray.shape
            for side in [min(length, PREVIEW)]
        )
        images = {name: _batched(image[area]) for name, image in self._images().items()}
        result = {name: value.numpy()[0] for name, value in self._apply(images).items()}
        residual = self.xray[area] - result["mixture"][..., 0]
        # One grey scale for all, so that the layers' strengths compare, but no darker than needed.
        white = self.white
        pictures = {
            name: result[name][..., 0] / white for name in ("surface", "concealed", "mixture")
        }
        # Ten times the residual around mid-grey: at its own scale it would be invisible.
        return {**pictures, "residual": 0.5 + 10 * residual, "visible": result["visible"]}

    def scores(self) -> dict[str, float]:
        """The judge's scores of the layers as the network stands; tiled, for speed."""
        if self.judge is None:
            return {}
        whole = self.config.inference.model_copy(update={"mode": "whole"})
        layers = separate(self._apply, self._images(), whole, self.radius)
        return {f"{SCORES}/{k}": v for k, v in self.judge(layers.surface, layers.concealed).items()}

    def _images(self) -> dict[str, np.ndarray]:
        return {"xray": self.xray, "rgb": self.rgb, "init": self.init}

    def _given_guess(self, init: np.ndarray) -> np.ndarray:
        radiograph = self.painting.radiograph
        given = Radiograph(
            np.asarray(init, np.float32),
            radiograph.gain,
            radiograph.stored_dtype,
            radiograph.polarity,
        )
        return given.normalised()

    def _write(self, layers: Separated, mixture: np.ndarray) -> None:
        radiograph, provenance = self.painting.radiograph, self.folder.read_provenance()
        write_layers(self.folder, layers, mixture, radiograph, provenance)
        if not versions(self.folder.saved_model):  # a resumed run may have got this far
            write_separation_model(
                self.folder.saved_model,
                self.network,
                self.start,
                radiograph,
                self.config.inference,
                given=self.painting.init is not None,
            )

    def _end(self, mixture: np.ndarray) -> None:
        radiograph = self.painting.radiograph
        residual = (radiograph.values - mixture) / radiograph.gain
        self.folder.end(
            finished=now(),
            steps=self.steps,
            planned_steps=self.sampler.steps,
            trained_on=self.workers.describe(),
            residual_rms=float(np.sqrt(np.mean(np.float64(residual) ** 2))),
        )


@dataclass
class _Observer:
    """Sends what the loop reports to the history, TensorBoard and the progress display."""

    run: SeparationRun
    stops: set[int]
    board: TensorBoardLog
    history: HistoryFile
    progress: ProgressDisplay

    def advanced(self, step: int, values: dict[str, float]) -> None:
        refresh(self.run.network, self.run.trainer.network)
        values = {**values, **learned_scalars(self.run.network)}
        self.history.advanced(step, values)
        self.progress.advance(step, f"loss {values['loss']:.4g}")
        if step in self.stops:
            self.board.pictures(step, self.run.preview(), picture_captions(self.run.white))
            values |= self.run.scores()
        self.board.advanced(step, values)


def _batched(image: np.ndarray) -> tf.Tensor:
    return tf.constant(image[None] if image.ndim == 3 else image[None, ..., None])
