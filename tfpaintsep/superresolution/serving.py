"""The generator as others use it: the maps' own units in and out, the projection inside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfpaintsep import __version__
from tfpaintsep.errors import InputError
from tfpaintsep.export.locate import find_version, read_metadata
from tfpaintsep.export.saved_model import load_signature, write_saved_model
from tfpaintsep.images.element_stack import ElementStack

from .enlargement import Enlargement
from .inference import make_upscale, upscale_tiled
from .network import SigmoidListaNetwork
from .painting import ScannedPainting
from .projection import Operator
from .scaling import MapScaling

MOST_BEYOND = 0.01
"""Share of a map's pixels outside the scaled range [0, 1] that goes without a remark."""


def write_super_resolution_model(
    folder: Path,
    network: SigmoidListaNetwork,
    enlargement: Enlargement,
    scaling: MapScaling,
    maps: ElementStack,
) -> Path:
    """Export the generator with scaling and projection inside.

    Signature `serving_default`: "xrf" (b, h, w, B) float32, in the maps' own units, and "rgb"
    (b, s h, s w, 3) float32, in [0, 1], to "maps" (b, s h, s w, B), in the maps' units.

    Args:
        folder: The model's folder; the version is written below it.
        network: The trained generator.
        enlargement: Y_up, as it was at training, and with it U.
        scaling: The maps' grey scale, fitted at training.
        maps: The training maps, for their names and unit.

    Returns:
        The version's folder.
    """
    upscale = make_upscale(network, enlargement, scaling)
    downsampling = enlargement.downsampling

    def serving_default(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {"maps": upscale(inputs["xrf"], inputs["rgb"])}

    xrf = tf.TensorSpec([None, None, None, maps.bands], tf.float32, name="xrf")
    rgb = tf.TensorSpec([None, None, None, 3], tf.float32, name="rgb")
    endpoints: dict[str, tuple[Callable[..., Any], list[Any]]] = {
        "serving_default": (serving_default, [{"xrf": xrf, "rgb": rgb}])
    }
    scale = downsampling.scale
    metadata = {
        "kind": "super-resolution",
        "tfpaintsep": __version__,
        "tensorflow": tf.__version__,
        "inputs": {
            "xrf": f"(b, h, w, {maps.bands}) float32, element maps in their own units",
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
        "receptive_radius": enlargement.reach,
    }
    return write_saved_model(folder, network, endpoints, metadata)


class SuperResolutionModel:
    """A super-resolution model from disk.

    Args:
        path: A run folder, a model folder with versions, or a version's folder.

    Raises:
        InputError: If there is no super-resolution model.
    """

    def __init__(self, path: Path) -> None:
        self.version = find_version(path)
        self.metadata = read_metadata(self.version)
        if self.metadata.get("kind") != "super-resolution":
            raise InputError(
                path,
                expected="a super-resolution model",
                found=f"a model of kind {self.metadata.get('kind')}",
                advice="Give a model made by train-sr.",
            )
        self.names = tuple(self.metadata["names"])
        self.unit: str | None = self.metadata["unit"]
        self.scaling = MapScaling.model_validate(self.metadata["scaling"])
        self.scale = int(self.metadata["scale"])
        self.operator: Operator = self.metadata["operator"]

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

    def upscale(self, painting: ScannedPainting) -> np.ndarray:
        """Super-resolve maps with the elements the model was trained on.

        Args:
            painting: Maps and photograph, checked.

        Returns:
            Maps (s h, s w, B) float32, in their own units.
        """
        signature = load_signature(self.version)
        return upscale_tiled(
            lambda xrf, rgb: signature(xrf=xrf, rgb=rgb)["maps"],
            painting.maps.values,
            painting.photograph.values,
            self.scale,
            int(self.metadata["receptive_radius"]),
        )
