"""The separation network as others use it: the radiograph's own grey scale in and out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfpaintsep import __version__
from tfpaintsep.errors import InputError
from tfpaintsep.export.input_checks import checked
from tfpaintsep.export.saved_model import write_saved_model
from tfpaintsep.export.source import (
    ModelSource,
    as_source,
    check_answer,
    check_kind,
    limit_too_small,
    reading_description,
)
from tfpaintsep.export.warmup import SIDE
from tfpaintsep.images.checks import check_holds_patch
from tfpaintsep.images.painting import Photograph, Polarity, Radiograph
from tfpaintsep.images.patches import Slices, Tile, fitting_tile, tiles
from tfpaintsep.training.progress import track

from .config import InferenceConfig
from .inference import Separated, separate
from .network import SeparationNetwork
from .start import Start, guess_image


def write_separation_model(
    folder: Path,
    network: SeparationNetwork,
    start: Start,
    radiograph: Radiograph,
    inference: InferenceConfig,
    *,
    given: bool = False,
) -> Path:
    """Export the network with the scaling and the first guess inside.

    Signatures: `serving_default` takes "xray" (b, h, w, 1) float32 in the radiograph's own
    units and polarity, and "rgb" (b, h, w, 3) float32 in [0, 1]; `with_init` takes "init"
    (b, h, w, 1) as well, in the radiograph's units, as `first_guess` returns it from the others.
    The first two return "surface", "concealed", "mixture" (b, h, w, 1), in the radiograph's
    units, and "visible" (b, h, w, 3). Images that do not fit one another, or hold other values,
    are refused as invalid arguments.

    Args:
        folder: The model's folder; the version is written below it.
        network: The trained network.
        start: How g1 follows from the inputs.
        radiograph: The training image, for its gain and polarity.
        inference: How `separate` shall apply the model.
        given: Whether training started from a given image instead.

    Returns:
        The version's folder.
    """
    gain = radiograph.gain
    inverted = radiograph.polarity is Polarity.POSITIVE

    def inward(values: tf.Tensor) -> tf.Tensor:
        return 1 - values / gain if inverted else values / gain

    def outward(values: tf.Tensor) -> tf.Tensor:
        return (1 - values) * gain if inverted else values * gain

    def run(xray: tf.Tensor, rgb: tf.Tensor, init: tf.Tensor) -> dict[str, tf.Tensor]:
        result = network({"xray": xray, "rgb": rgb, "init": init})
        layers = {name: outward(result[name]) for name in ("surface", "concealed", "mixture")}
        return {**layers, "visible": result["visible"]}

    # An image cannot be mirrored further than it goes.
    smallest = max(1, network.config.border)

    def serving_default(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        images = checked(inputs, "xray", smallest=smallest)
        xray = inward(images["xray"])
        return run(xray, images["rgb"], start(xray, images["rgb"]))

    def with_init(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        images = checked(inputs, "xray", smallest=smallest)
        return run(inward(images["xray"]), images["rgb"], inward(images["init"]))

    def first_guess(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        images = checked(inputs, "xray", smallest=smallest)
        return {"init": outward(start(inward(images["xray"]), images["rgb"]))}

    xray = tf.TensorSpec([None, None, None, 1], tf.float32, name="xray")
    rgb = tf.TensorSpec([None, None, None, 3], tf.float32, name="rgb")
    init = tf.TensorSpec([None, None, None, 1], tf.float32, name="init")
    metadata = {
        "kind": "separation",
        "tfpaintsep": __version__,
        "tensorflow": tf.__version__,
        "inputs": {
            "xray": "(b, h, w, 1) float32, finite, in the radiograph's own units and polarity",
            "rgb": "(b, h, w, 3) float32, in [0, 1]",
            "init": "(b, h, w, 1) float32, finite, in the radiograph's units; endpoint with_init "
            "only",
        },
        "outputs": ["surface", "concealed", "mixture", "visible"],
        "smallest": smallest,
        "gain": gain,
        "polarity": str(radiograph.polarity),
        "stored_dtype": str(radiograph.stored_dtype),
        "receptive_radius": network.receptive_radius(),
        "start": start.model_dump(),
        "trained_from_given_image": given,
        "start_radius": start.radius(),
        "start_stride": start.stride,
        "inference": inference.model_dump(),
    }
    endpoints: dict[str, tuple[Callable[..., Any], list[Any]]] = {
        "serving_default": (serving_default, [{"xray": xray, "rgb": rgb}]),
        "with_init": (with_init, [{"xray": xray, "rgb": rgb, "init": init}]),
        "first_guess": (first_guess, [{"xray": xray, "rgb": rgb}]),
    }
    warmup = {
        name: _example(arguments[0], gain, max(SIDE, smallest))
        for name, (_, arguments) in endpoints.items()
    }
    return write_saved_model(folder, network, endpoints, metadata, warmup)


def _example(specs: dict[str, tf.TensorSpec], gain: float, side: int) -> dict[str, np.ndarray]:
    """Random images that fit the inputs of an endpoint."""
    rng, ceilings = np.random.default_rng(0), {"xray": gain, "rgb": 1.0, "init": gain}
    return {
        name: (ceilings[name] * rng.random((1, side, side, spec.shape[-1]))).astype(np.float32)
        for name, spec in specs.items()
    }


LAYERS = ("surface", "concealed")
"""The outputs that `SeparationModel` needs."""

PIXEL_BYTES = {
    "serving_default": 4 * (1 + 3),
    "first_guess": 4 * (1 + 3),
    "with_init": 4 * (1 + 3 + 1),
}
"""By signature the bytes sent for each pixel; what comes back is less."""

GUESS_TILE = 1024
"""Side of the tiles in which a model makes its own first guess, pixels."""


class SeparationModel:
    """A separation model from disk or on a server.

    Args:
        model: A run folder, a model folder with versions, a version's folder, or a source.

    Raises:
        InputError: If there is no separation model.
    """

    def __init__(self, model: Path | ModelSource) -> None:
        self.source = as_source(model)
        self.metadata = self.source.metadata
        check_kind(self.source, "separation", "train-sep")
        with reading_description(self.source):
            self.gain = float(self.metadata["gain"])
            self.polarity = Polarity(self.metadata["polarity"])
            self.inference = InferenceConfig.model_validate(self.metadata["inference"])
            self.trained_from_given_image = bool(self.metadata.get("trained_from_given_image"))
            self.start = Start.model_validate(self.metadata["start"])
            self.radius = int(self.metadata["receptive_radius"])
            self.stored_dtype = np.dtype(self.metadata["stored_dtype"])

    def check_depth(self, given: np.dtype, where: Path) -> None:
        """Refuse a radiograph whose grey scale is not the one the model was trained on.

        Args:
            given: Type of the radiograph's samples.
            where: Its file.

        Raises:
            InputError: If one is stored as integers of another depth, or as floats, and the
                other is not.
        """
        trained, given = self.stored_dtype, given.newbyteorder("=")
        if trained != given and "u" in (trained.kind, given.kind):
            raise InputError(
                where,
                expected=f"{trained} samples, as the model was trained on",
                found=str(given),
                advice="Save the radiograph in that form, or train on it.",
            )

    def separate(
        self, radiograph: Radiograph, photograph: Photograph, init: np.ndarray | None = None
    ) -> tuple[Separated, np.ndarray]:
        """Separate a radiograph.

        Args:
            radiograph: Read with this model's gain and polarity.
            photograph: The registered photograph, of the same size.
            init: g1 (h, w) in the radiograph's own units; computed when not given.

        Returns:
            The layers, and their sum, in the radiograph's own units and polarity.

        Raises:
            InputError: If the model averages patches and the radiograph is smaller than one, or
                a model on a server fails.
        """
        if self.inference.mode == "patches":
            where = radiograph.source or "the radiograph"
            check_holds_patch(where, radiograph.size, "inference", self.inference.patch)
        images = {"xray": radiograph.values, "rgb": photograph.values}
        radius = self.radius
        if init is not None:
            images["init"] = np.asarray(init, np.float32)
        elif self.start.evidence:
            images["init"] = self.first_guess(radiograph, photograph)
        elif self.inference.mode == "patches":
            # Patches would each see their own borders in the smoothed colours.
            g1 = guess_image(self.start, radiograph.normalised(), photograph.values)
            images["init"] = radiograph.to_own_units(g1)
        else:
            radius += self.start.radius()
        name = "with_init" if "init" in images else "serving_default"
        config = self._within_limit(radiograph.size, radius, PIXEL_BYTES[name])
        signature = self.source.signature(name, LAYERS)

        def apply(batch: dict[str, tf.Tensor]) -> dict[str, np.ndarray]:
            shape = tuple(batch["xray"].shape)
            return check_answer(self.source, signature(**batch), dict.fromkeys(LAYERS, shape))

        layers = separate(apply, images, config, radius, self.source.mapped)
        # In positive polarity each layer carries the offset of the inversion.
        offset = self.gain if self.polarity is Polarity.POSITIVE else 0.0
        return layers, layers.mixture - np.float32(offset)

    def first_guess(
        self, radiograph: Radiograph, photograph: Photograph, within: Slices | None = None
    ) -> np.ndarray:
        """The model's own g1, which looks further than the rest.

        Args:
            radiograph: As for `separate`.
            photograph: As for `separate`.
            within: Where it is wanted, beginning at multiples of the model's `start.stride`; by
                default everywhere.

        Returns:
            (h, w) float32, in the radiograph's own units.
        """
        radius, stride, name = self.start.radius(), self.start.stride, "first_guess"
        limit, size = self.source.message_bytes, radiograph.size
        side = fitting_tile(size, GUESS_TILE, radius, PIXEL_BYTES[name], limit) // stride * stride
        if not side:
            raise limit_too_small(limit or 0, PIXEL_BYTES[name] * (3 * radius) ** 2)
        signature = self.source.signature(name, ("init",))
        images = {"xray": radiograph.values[..., None], "rgb": photograph.values}

        def apply(part: Tile) -> np.ndarray:
            batch = {key: tf.constant(image[part.outer][None]) for key, image in images.items()}
            shape = tuple(batch["xray"].shape)
            return check_answer(self.source, signature(**batch), {"init": shape})["init"]

        guess, parts = np.empty(size, np.float32), list(tiles(size, side, radius, within))
        results = self.source.mapped(apply, parts)
        for part, result in zip(track(parts, "First guess", len(parts)), results, strict=True):
            guess[part.inner] = result[0, ..., 0][part.inner_in_outer]
        return guess[within] if within else guess

    def _within_limit(
        self, size: tuple[int, int], radius: int, pixel_bytes: int
    ) -> InferenceConfig:
        """The model's settings with tiles or batches as large as the source takes at once."""
        limit, config = self.source.message_bytes, self.inference
        if limit is None:
            return config
        if config.mode == "patches":
            batch = min(config.batch, limit // (pixel_bytes * config.patch**2))
            changed, smallest = {"batch": batch}, config.patch
        else:
            tile = fitting_tile(size, config.tile, radius, pixel_bytes, limit)
            changed, smallest = {"tile": tile}, 3 * radius + 1
        if 0 in changed.values():
            raise limit_too_small(limit, pixel_bytes * smallest**2)
        return config.model_copy(update=changed)
