"""The generator as others use it: the maps' own units in and out, the projection inside."""

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
from tfpaintsep.images.element_stack import ElementStack
from tfpaintsep.images.patches import fitting_tile

from .denoising import Denoiser
from .enlargement import Enlargement
from .inference import default_tile, make_upscale, reach_of, upscale_tiled
from .network import SigmoidListaNetwork
from .painting import ScannedPainting
from .projection import Downsampling, Operator
from .scaling import MapScaling

MOST_BEYOND = 0.01
"""Share of a map's pixels outside the scaled range [0, 1] that goes without a remark."""


def write_super_resolution_model(
    folder: Path,
    network: SigmoidListaNetwork,
    enlargement: Enlargement,
    scaling: MapScaling,
    maps: ElementStack,
    denoiser: Denoiser | None = None,
) -> Path:
    """Export the generator with scaling and projection inside.

    Signature `serving_default`: "xrf" (b, h, w, B) float32, in the maps' own units, and "rgb"
    (b, s h, s w, 3) float32, in [0, 1], to "maps" (b, s h, s w, B), in the maps' units. Images
    that do not fit one another, or hold other values, are refused as invalid arguments.

    Args:
        folder: The model's folder; the version is written below it.
        network: The trained generator.
        enlargement: Y_up, as it was at training, and with it U.
        scaling: The maps' grey scale, fitted at training.
        maps: The training maps, for their names and unit.
        denoiser: What takes the noise out of the maps first, as it was at training.

    Returns:
        The version's folder.
    """
    upscale = make_upscale(network, enlargement, scaling, denoiser)
    downsampling = enlargement.downsampling
    scale = downsampling.scale

    def serving_default(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        images = checked(inputs, "xrf", scale=scale)
        return {"maps": upscale(images["xrf"], images["rgb"])}

    xrf = tf.TensorSpec([None, None, None, maps.bands], tf.float32, name="xrf")
    rgb = tf.TensorSpec([None, None, None, 3], tf.float32, name="rgb")
    endpoints: dict[str, tuple[Callable[..., Any], list[Any]]] = {
        "serving_default": (serving_default, [{"xrf": xrf, "rgb": rgb}])
    }
    metadata = {
        "kind": "super-resolution",
        "tfpaintsep": __version__,
        "tensorflow": tf.__version__,
        "inputs": {
            "xrf": f"(b, h, w, {maps.bands}) float32, finite, element maps in their own units",
            "rgb": f"(b, {scale} h, {scale} w, 3) float32, in [0, 1]",
        },
        "outputs": ["maps"],
        "names": list(maps.names),
        "unit": maps.unit,
        "scale": scale,
        "operator": downsampling.operator,
        "enlargement": enlargement.config.model_dump(mode="json"),
        "trust": enlargement.trust,
        "sharpness": enlargement.sharpness,
        "scaling": scaling.model_dump(),
        "noise": denoiser and denoiser.model_dump(mode="json"),
        "receptive_radius": reach_of(enlargement, denoiser),
    }
    rng, side = np.random.default_rng(0), max(1, SIDE // scale)
    example = {
        "xrf": scaling.unscale(rng.random((1, side, side, maps.bands), np.float32)),
        "rgb": rng.random((1, scale * side, scale * side, 3), np.float32),
    }
    return write_saved_model(folder, network, endpoints, metadata, {"serving_default": example})


class SuperResolutionModel:
    """A super-resolution model from disk or on a server.

    Args:
        model: A run folder, a model folder with versions, a version's folder, or a source.

    Raises:
        InputError: If there is no super-resolution model.
    """

    def __init__(self, model: Path | ModelSource) -> None:
        self.source = as_source(model)
        self.metadata = self.source.metadata
        check_kind(self.source, "super-resolution", "train-sr")
        with reading_description(self.source):
            self.names = tuple(self.metadata["names"])
            self.unit: str | None = self.metadata["unit"]
            self.scaling = MapScaling.model_validate(self.metadata["scaling"])
            self.scale = int(self.metadata["scale"])
            self.operator: Operator = self.metadata["operator"]
            self.reach = int(self.metadata["receptive_radius"])
            noise = self.metadata.get("noise")  # models made before there was any removal lack it
            self.denoiser = Denoiser.model_validate(noise) if noise else None

    def check(self, painting: ScannedPainting) -> None:
        """Refuse maps that the model was not made for.

        Raises:
            InputError: If elements, unit or sizes do not fit.
        """
        maps = painting.maps
        where = maps.source or "the element maps"
        if maps.names != self.names:
            raise InputError(
                where,
                expected=f"the maps {', '.join(self.names)}",
                found=", ".join(maps.names),
                advice="Give the elements the model was trained on, or train on these; --names "
                "names maps whose file does not.",
            )
        if self.unit and maps.unit and maps.unit != self.unit:
            raise InputError(
                where,
                expected=f"maps in {self.unit}, as the model was trained on",
                found=f"maps in {maps.unit}",
                advice="Convert them, or train on these.",
            )
        painting.check_scale(self.scale, by_model=True)

    def findings(self, painting: ScannedPainting) -> list[str]:
        """Remarks on maps that can be used but go beyond what the model has seen."""
        scaled = self.scaling.scale(painting.maps.values)
        shares = np.mean((scaled < 0) | (scaled > 1), axis=(0, 1))
        beyond = [
            f"{name} {share:.1%}"
            for name, share in zip(self.names, shares, strict=True)
            if share > MOST_BEYOND
        ]
        if not beyond:
            return []
        return [f"counts outside the range the model was trained on: {', '.join(beyond)} of pixels"]

    def noise_taken_out(
        self, painting: ScannedPainting, fine: np.ndarray
    ) -> dict[str, float | None] | None:
        """By element, how much noise the model took out; None if it takes out none.

        Args:
            painting: The maps that were super-resolved.
            fine: The result (s h, s w, B), in the maps' units.
        """
        if self.denoiser is None:
            return None
        coarse = Downsampling(self.scale, self.operator).down(tf.constant(fine[None]))[0].numpy()
        return self.denoiser.taken_out(painting.maps, coarse - painting.maps.values)

    def upscale(self, painting: ScannedPainting) -> np.ndarray:
        """Super-resolve maps with the elements the model was trained on.

        Args:
            painting: Maps and photograph, checked.

        Returns:
            Maps (s h, s w, B) float32, in their own units.

        Raises:
            InputError: If a model on a server fails.
        """
        maps, fine = painting.maps.values, painting.photograph.values
        # For each coarse pixel go B counts and s s colours, and s s B counts come back.
        bands, block = len(self.names), self.scale**2
        pixel_bytes = 4 * max(bands + 3 * block, bands * block)
        limit, side = self.source.message_bytes, default_tile(self.scale)
        tile = fitting_tile(maps.shape[:2], side, self.reach, pixel_bytes, limit)
        if tile == 0:
            raise limit_too_small(limit, pixel_bytes * (3 * self.reach + 1) ** 2)
        signature = self.source.signature("serving_default", ("maps",))

        def apply(xrf: tf.Tensor, rgb: tf.Tensor) -> np.ndarray:
            shape = (*rgb.shape[:3], bands)
            return check_answer(self.source, signature(xrf=xrf, rgb=rgb), {"maps": shape})["maps"]

        return upscale_tiled(apply, maps, fine, self.scale, self.reach, tile, self.source.mapped)
