"""The pictures of a separation on disk, each stamped as the hypothesis it is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from tfpaintsep.images.disk_space import check_room
from tfpaintsep.images.growing_layer import growing_layer
from tfpaintsep.images.on_disk import RadiographOnDisk
from tfpaintsep.images.painting import Polarity, Radiograph
from tfpaintsep.images.patches import Slices
from tfpaintsep.images.writing import write_layer
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import stamp

from .inference import Separated

PICTURES = {
    "surface": "X-ray layer of the surface painting",
    "concealed": "X-ray layer of the concealed design",
    "mixture": "sum of the two separated layers, not the input",
    "residual": "input radiograph minus the sum of the layers",
}
"""By file what it shows."""


def pictures(
    layers: Separated, mixture: np.ndarray, radiograph: Radiograph
) -> dict[str, np.ndarray]:
    """The four pictures of a separation, by name.

    Args:
        layers: In the radiograph's own units.
        mixture: The layers' sum, in the radiograph's own units and polarity.
        radiograph: The input.
    """
    residual = radiograph.values - mixture
    images = (layers.surface, layers.concealed, mixture, residual)
    return dict(zip(PICTURES, images, strict=True))


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
        layers: As for `pictures`.
        mixture: As for `pictures`.
        radiograph: The input.
        provenance: The record that the stamp abridges.
    """
    for name, values in pictures(layers, mixture, radiograph).items():
        write_layer(
            folder.picture(name),
            values,
            resolution=radiograph.resolution,
            description=_describe(name, radiograph, provenance),
        )


@contextmanager
def growing_layers(
    folder: RunFolder, radiograph: RadiographOnDisk, provenance: dict[str, Any]
) -> Iterator[Callable[[Slices, dict[str, np.ndarray]], None]]:
    """Write the four pictures part by part; they are there when all parts are.

    Args:
        folder: Where to.
        radiograph: The input.
        provenance: The record that the stamp abridges.

    Yields:
        A function that writes a part of each picture.

    Raises:
        InputError: If the disk has no room for them.
    """
    check_room(folder.path, len(PICTURES) * 4 * radiograph.size[0] * radiograph.size[1])
    with ExitStack() as files:
        resolution = radiograph.picture.resolution
        writers = {
            name: files.enter_context(
                growing_layer(
                    folder.picture(name),
                    radiograph.size,
                    resolution,
                    _describe(name, radiograph, provenance),
                )
            )
            for name in PICTURES
        }

        def write(part: Slices, images: dict[str, np.ndarray]) -> None:
            for name, values in images.items():
                writers[name](part, values)

        yield write


def _describe(
    name: str, radiograph: Radiograph | RadiographOnDisk, provenance: dict[str, Any]
) -> str:
    what = PICTURES[name]
    if radiograph.polarity is Polarity.POSITIVE:
        what += f" (positive polarity: surface + concealed = mixture + {radiograph.gain:g})"
    return stamp(what, provenance)
