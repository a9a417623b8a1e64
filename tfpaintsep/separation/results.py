"""The pictures of a separation on disk, each stamped as the hypothesis it is."""

from typing import Any

import numpy as np

from tfpaintsep.images.painting import Polarity, Radiograph
from tfpaintsep.images.tiff import write_layer
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import stamp

from .inference import Separated


def write_layers(
    folder: RunFolder,
    layers: Separated,
    mixture: np.ndarray,
    radiograph: Radiograph,
    provenance: dict[str, Any],
) -> None:
    """Write the four pictures of a separation, stamped, with the input's resolution.

    Args:
        folder: Where to.
        layers: In the radiograph's own units.
        mixture: The layers' sum, in the radiograph's own units and polarity.
        radiograph: The input.
        provenance: The record that the stamp abridges.
    """
    pictures = {
        "surface": (layers.surface, "X-ray layer of the surface painting"),
        "concealed": (layers.concealed, "X-ray layer of the concealed design"),
        "mixture": (mixture, "sum of the two separated layers, not the input"),
        "residual": (radiograph.values - mixture, "input radiograph minus the sum of the layers"),
    }
    if radiograph.polarity is Polarity.POSITIVE:
        arithmetic = f" (positive polarity: surface + concealed = mixture + {radiograph.gain:g})"
        pictures = {name: (values, what + arithmetic) for name, (values, what) in pictures.items()}
    for name, (values, what) in pictures.items():
        write_layer(
            folder.picture(name),
            values,
            resolution=radiograph.resolution,
            description=stamp(what, provenance),
        )
