"""The separation network as others use it: the radiograph's own grey scale in and out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfpaintsep import __version__
from tfpaintsep.errors import InputError
from tfpaintsep.export.locate import find_version, read_metadata
from tfpaintsep.export.saved_model import load_signature, write_saved_model
from tfpaintsep.images.checks import check_holds_patch
from tfpaintsep.images.painting import Photograph, Polarity, Radiograph

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
    (b, h, w, 1) as well, in the radiograph's units. Both return "surface", "concealed",
    "mixture" (b, h, w, 1), in the radiograph's units, and "visible" (b, h, w, 3).

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

    def serving_default(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        xray = inward(inputs["xray"])
        return run(xray, inputs["rgb"], start(xray, inputs["rgb"]))

    def with_init(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return run(inward(inputs["xray"]), inputs["rgb"], inward(inputs["init"]))

    xray = tf.TensorSpec([None, None, None, 1], tf.float32, name="xray")
    rgb = tf.TensorSpec([None, None, None, 3], tf.float32, name="rgb")
    init = tf.TensorSpec([None, None, None, 1], tf.float32, name="init")
    metadata = {
        "kind": "separation",
        "tfpaintsep": __version__,
        "tensorflow": tf.__version__,
        "inputs": {
            "xray": "(b, h, w, 1) float32, in the radiograph's own units and polarity",
            "rgb": "(b, h, w, 3) float32, in [0, 1]",
            "init": "(b, h, w, 1) float32, in the radiograph's units; endpoint with_init only",
        },
        "outputs": ["surface", "concealed", "mixture", "visible"],
        "gain": gain,
        "polarity": str(radiograph.polarity),
        "stored_dtype": str(radiograph.stored_dtype),
        "receptive_radius": network.receptive_radius(),
        "start": start.model_dump(),
        "trained_from_given_image": given,
        "start_radius": start.radius(),
        "inference": inference.model_dump(),
    }
    endpoints: dict[str, tuple[Callable[..., Any], list[Any]]] = {
        "serving_default": (serving_default, [{"xray": xray, "rgb": rgb}]),
        "with_init": (with_init, [{"xray": xray, "rgb": rgb, "init": init}]),
    }
    return write_saved_model(folder, network, endpoints, metadata)


class SeparationModel:
    """A separation model from disk.

    Args:
        path: A run folder, a model folder with versions, or a version's folder.

    Raises:
        InputError: If there is no separation model.
    """

    def __init__(self, path: Path) -> None:
        self.version = find_version(path)
        self.metadata = read_metadata(self.version)
        if self.metadata.get("kind") != "separation":
            raise InputError(
                path,
                expected="a separation model",
                found=f"a model of kind {self.metadata.get('kind')}",
                advice="Give a model made by train-sep.",
            )
        self.gain = float(self.metadata["gain"])
        self.polarity = Polarity(self.metadata["polarity"])
        self.inference = InferenceConfig.model_validate(self.metadata["inference"])
        self.trained_from_given_image = bool(self.metadata.get("trained_from_given_image"))

    def check_depth(self, radiograph: Radiograph) -> None:
        """Refuse a radiograph whose grey scale is not the one the model was trained on.

        Raises:
            InputError: If one is stored as integers of another depth, or as floats, and the
                other is not.
        """
        trained, given = np.dtype(self.metadata["stored_dtype"]), radiograph.stored_dtype
        if trained != given and "u" in (trained.kind, given.kind):
            raise InputError(
                radiograph.source or "the radiograph",
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
            InputError: If the model averages patches and the radiograph is smaller than one.
        """
        if self.inference.mode == "patches":
            where = radiograph.source or "the radiograph"
            check_holds_patch(where, radiograph.size, "inference", self.inference.patch)
        start = Start.model_validate(self.metadata["start"])
        images = {"xray": radiograph.values, "rgb": photograph.values}
        radius = int(self.metadata["receptive_radius"])
        if init is not None:
            images["init"] = np.asarray(init, np.float32)
        elif self.inference.mode == "patches":
            # Patches would each see their own borders in the smoothed colours.
            g1 = guess_image(start, radiograph.normalised(), photograph.values)
            images["init"] = radiograph.to_own_units(g1)
        else:
            radius += start.radius()
        name = "with_init" if "init" in images else "serving_default"
        signature = load_signature(self.version, name)
        layers = separate(lambda batch: signature(**batch), images, self.inference, radius)
        # In positive polarity each layer carries the offset of the inversion.
        offset = self.gain if self.polarity is Polarity.POSITIVE else 0.0
        return layers, layers.mixture - np.float32(offset)
