"""Separating a radiograph that is too large for memory, part by part, as if it were whole.

Each part is computed with as much around it as its layers depend on, and begins where the parts
of the first guess and the grid of patches do, so that where parts begin does not show.
"""

from collections.abc import Callable

import numpy as np

from tfpaintsep.images.on_disk import PhotographOnDisk, PictureOnDisk, RadiographOnDisk
from tfpaintsep.images.patches import Slices, tiles
from tfpaintsep.training.progress import track

from .results import pictures
from .serving import GUESS_TILE, SeparationModel

SIDE = 2 * GUESS_TILE
"""Side of a part with what is around it for the network, pixels: four tiles of the first guess."""


def separate_on_disk(
    model: SeparationModel,
    radiograph: RadiographOnDisk,
    photograph: PhotographOnDisk,
    write: Callable[[Slices, dict[str, np.ndarray]], None],
    init: PictureOnDisk | None = None,
) -> None:
    """Separate a radiograph of any size.

    Args:
        model: The model.
        radiograph: With this model's gain and polarity.
        photograph: The registered photograph, of the same size.
        write: Takes a part and its four pictures, as `results.pictures` names them.
        init: g1 in the radiograph's own units; computed where not given.

    Raises:
        InputError: If a value of an image cannot be used, or a model on a server fails.
    """
    patches = model.inference.mode == "patches"
    step = model.inference.stride if patches else 1
    near = model.inference.patch if patches else model.radius
    if init is None and not model.start.evidence:  # the guess is made along with the layers
        near += model.start.radius()
    near = -(-near // step) * step
    side = max(1, (SIDE - 2 * near) // step) * step
    parts = list(tiles(radiograph.size, side, near))
    for part in track(parts, "Separating parts", len(parts)):
        x, r = radiograph.part(part.outer), photograph.part(part.outer)
        guess = None
        if init is not None:
            guess = init.read(part.outer)
        elif model.start.evidence:
            guess = _first_guess(model, radiograph, photograph, part.outer)
        layers, mixture = model.separate(x, r, guess)
        own = part.inner_in_outer
        write(
            part.inner, {name: image[own] for name, image in pictures(layers, mixture, x).items()}
        )


def _first_guess(
    model: SeparationModel, radiograph: RadiographOnDisk, photograph: PhotographOnDisk, part: Slices
) -> np.ndarray:
    """The model's g1 of a part, which looks further and begins at multiples of its own."""
    stride, size = model.start.stride, radiograph.size
    wanted = _grown(part, 0, stride, size)
    around = _grown(wanted, model.start.radius(), stride, size)
    guess = model.first_guess(
        radiograph.part(around), photograph.part(around), _within(wanted, around)
    )
    return guess[_within(part, wanted)]


def _grown(part: Slices, by: int, step: int, size: tuple[int, int]) -> Slices:
    """A part with so many pixels more on each side, beginning at multiples of a step."""
    rows, columns = (
        slice(max(0, (s.start - by) // step * step), min(s.stop + by, length))
        for s, length in zip(part, size, strict=True)
    )
    return rows, columns


def _within(part: Slices, around: Slices) -> Slices:
    """Where a part lies in a larger one."""
    rows, columns = (
        slice(inner.start - outer.start, inner.stop - outer.start)
        for inner, outer in zip(part, around, strict=True)
    )
    return rows, columns
