"""Separating a radiograph that is too large for memory, part by part, as if it were whole.

Each part is computed with as much around it as its layers depend on, and begins where the parts
of the first guess and the grid of patches do, so that where parts begin does not show.
"""

from collections.abc import Callable
from dataclasses import replace
from math import lcm

import numpy as np

from tfpaintsep.images.on_disk import PhotographOnDisk, PictureOnDisk, RadiographOnDisk
from tfpaintsep.images.patches import Slices, Tile, tiles
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
    step, near, far = _reach(model, given=init is not None)
    side = max(1, (SIDE - 2 * near) // step) * step
    size = radiograph.size
    parts = list(zip(tiles(size, side, near), tiles(size, side, far), strict=True))
    for part, around in track(parts, "Separating parts", len(parts)):
        x, r = radiograph.part(around.outer), photograph.part(around.outer)
        seen = _within(part, around)
        guess = None
        if init is not None:
            guess = init.read(part.outer)
        elif model.start.evidence:
            guess = model.first_guess(x, r, seen)
        x, r = replace(x, values=x.values[seen]), replace(r, values=r.values[seen])
        layers, mixture = model.separate(x, r, guess)
        own = part.inner_in_outer
        write(
            part.inner, {name: image[own] for name, image in pictures(layers, mixture, x).items()}
        )


def _reach(model: SeparationModel, *, given: bool) -> tuple[int, int, int]:
    """How parts are to be cut.

    Returns:
        What they begin at multiples of, what the layers depend on around them with a first guess,
        and without one, in pixels; both are such multiples too.
    """
    start, inference = model.start, model.inference
    patches = inference.mode == "patches"
    step = lcm(start.stride, inference.stride) if patches else start.stride
    near = inference.patch if patches else model.radius
    if not (given or start.evidence):  # the guess is made along with the layers
        near += start.radius()
    near = -(-near // step) * step
    far = near + -(-start.radius() // step) * step if start.evidence and not given else near
    return step, near, far


def _within(part: Tile, around: Tile) -> Slices:
    """Where the one's outer region lies in the other's."""
    rows, columns = (
        slice(inner.start - outer.start, inner.stop - outer.start)
        for inner, outer in zip(part.outer, around.outer, strict=True)
    )
    return rows, columns
