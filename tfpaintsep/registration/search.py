"""Where to begin: rotation, scale and displacement, looked for over all of their range.

At every rotation and scale the correlation of the two pictures' structure is taken at all
displacements at once, by Fourier transform.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import fft
from scipy.ndimage import affine_transform, zoom

from tfpaintsep.images.blocks import block_means
from tfpaintsep.registration.structure import FLATTENED, band_pass, planes_of, taper
from tfpaintsep.registration.warp import MatrixWarp

ROTATION = 6.0
"""Degrees to either side."""
SCALE_TAGGED, SCALE_UNKNOWN = 0.04, 0.35
"""How far, as a natural logarithm, the scale may be off what tags or sizes say."""
COARSEST = 240
"""Longest side on which all is tried, pixels."""
_ROTATION_STEP, _SCALE_STEP = 0.53, 0.01  # at COARSEST; finer on finer pictures
_INSIDE = 0.85
_KEPT = 12
_WORTH = 0.6  # of the highest: what lies below is not looked at again


@dataclass(frozen=True)
class Candidate:
    """A similarity from the fixed picture to the photograph.

    Attributes:
        rotation: Degrees.
        scale: Pixels of the photograph along one of the fixed picture.
        x: Where the fixed picture's centre lies in the photograph, pixels.
        y: Likewise, down.
        height: How far the correlation stands above its median.
    """

    rotation: float
    scale: float
    x: float
    y: float
    height: float

    def warp(self, size: tuple[int, int]) -> MatrixWarp:
        """From a fixed picture of this height and width to the photograph."""
        turned = self.scale * _turn(self.rotation)
        centre = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
        matrix = np.eye(3)
        matrix[:2, :2] = turned
        matrix[:2, 2] = np.array([self.x, self.y]) - turned @ centre
        return MatrixWarp(matrix)


@dataclass(frozen=True)
class Search:
    """What was found over the whole range.

    Attributes:
        best: The similarity with the highest correlation.
        chance: The highest that pictures reach of which one is mirrored, in as many trials.
    """

    best: Candidate
    chance: float

    @property
    def clarity(self) -> float:
        """How many times as high as chance."""
        return self.best.height / max(self.chance, 1e-30)


def search(
    fixed: np.ndarray, photograph: np.ndarray, scale: float, *, is_tagged: bool, finest: int
) -> Search:
    """Find the similarities that bring structure over structure best.

    Args:
        fixed: (h, w, c) radiograph or maps.
        photograph: (H, W, 3).
        scale: Pixels of the photograph along one of the fixed picture, about.
        is_tagged: Whether that comes from resolution tags.
        finest: Longest side of the fixed picture on which the last step is done.

    Returns:
        The best, and how high chance comes.
    """
    reach = SCALE_TAGGED if is_tagged else SCALE_UNKNOWN
    rotations = np.arange(-ROTATION, ROTATION + 0.01, _ROTATION_STEP)
    scales = scale * np.exp(np.arange(-reach, reach + 1e-6, _SCALE_STEP))
    trials = [(float(one), float(other)) for other in scales for one in rotations]
    best = _highest(fixed, photograph, trials, finest)
    # chance gets as many trials, or the best of more would look like more than chance
    mirrored = [(fixed[:, ::-1], trials[::2]), (fixed[::-1], trials[1::2])]
    chance = max(_highest(other, photograph, half, finest).height for other, half in mirrored)
    return Search(best, chance)


def _highest(
    fixed: np.ndarray, photograph: np.ndarray, trials: list[tuple[float, float]], finest: int
) -> Candidate:
    """The highest of these rotations and scales, then of their neighbours on finer pictures."""
    longest = max(fixed.shape[:2])
    found: list[Candidate] = []
    for level, side in enumerate(_sides(longest, finest)):
        if level:  # around the best of the level before
            spread = [k / 2**level for k in (-0.5, 0, 0.5)]
            trials = sorted(
                {
                    (
                        round(one.rotation + _ROTATION_STEP * a, 4),
                        round(one.scale * np.exp(_SCALE_STEP * b), 6),
                    )
                    for one in found
                    if one.height > _WORTH * found[0].height
                    for a, b in itertools.product(spread, spread)
                },
                key=lambda pair: (pair[1], pair[0]),
            )
        found = _apart(_tried(fixed, photograph, -(-longest // side), trials))
    return found[0]


def _sides(longest: int, finest: int) -> list[int]:
    sides = [min(longest, COARSEST)]
    while sides[-1] < min(longest, finest):
        sides.append(min(2 * sides[-1], longest, finest))
    return sides


def _tried(
    fixed: np.ndarray, photograph: np.ndarray, step: int, trials: Iterable[tuple[float, float]]
) -> Iterator[Candidate]:
    planes = planes_of(band_pass(block_means(fixed, step)))
    # from the centre of what fills whole steps to that of all
    lost = (np.array(fixed.shape[1::-1]) - step * np.array(planes.shape[1::-1])) / 2
    planes = planes * taper(planes.shape[:2])[..., None]
    for scale, pairs in itertools.groupby(trials, key=lambda pair: pair[1]):
        small, factor = _at_scale(photograph, 1 / (scale * step))
        colours = planes_of(band_pass(small))
        shape = [
            fft.next_fast_len(a + b, real=True)
            for a, b in zip(planes.shape[:2], colours.shape[:2], strict=True)
        ]
        window = taper(colours.shape[:2])
        guides = [_flat_spectrum(c * window, shape) for c in np.moveaxis(colours, -1, 0)]
        for rotation, _ in pairs:
            found = _best(planes, guides, shape, colours.shape[:2], rotation, scale, factor)
            x, y = np.array([found.x, found.y]) + scale * _turn(rotation) @ lost
            yield replace(found, x=float(x), y=float(y))


def _at_scale(photograph: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """The photograph, smaller by averages, then to about the factor; corners stay corners.

    Returns:
        It, and pixels of the photograph along one of it, down and across.
    """
    step = max(1, int(1 / factor))
    small = block_means(photograph, step)
    shown = step * np.array(small.shape[:2])  # what does not fill a step is cut off
    size = [max(8, round(side * factor)) for side in shown]
    factors = [a / b for a, b in zip(size, small.shape[:2], strict=True)]
    scaled = zoom(small, (*factors, 1), order=1, grid_mode=True, mode="nearest")
    return np.asarray(scaled), shown / scaled.shape[:2]


def _best(
    planes: np.ndarray,
    guides: list[np.ndarray],
    shape: list[int],
    size: tuple[int, ...],
    rotation: float,
    scale: float,
    factor: np.ndarray,
) -> Candidate:
    """The best displacement at one rotation and scale."""
    turned = _turned(planes, rotation)
    height, width = turned.shape[:2]
    total = np.zeros(shape, np.float32)
    for plane in np.moveaxis(turned, -1, 0):
        spectrum = np.conj(_flat_spectrum(plane, shape))
        for guide in guides:
            total += fft.irfft2(spectrum * guide, shape) ** 2
    # Displacements from `-out` to `size - side + out`; the others wrap around, or show too little.
    out = [round((1 - _INSIDE) * side) for side in (height, width)]
    total = np.roll(total, out, (0, 1))
    most = [max(1, size[i] - (height, width)[i] + 1 + 2 * out[i]) for i in (0, 1)]
    allowed = total[: most[0], : most[1]]
    row, column = (int(i) for i in np.unravel_index(allowed.argmax(), allowed.shape))
    peak = float(allowed[row, column]) / max(float(np.median(total)), 1e-30)
    down = row - out[0] + (height - 1) / 2
    right = column - out[1] + (width - 1) / 2
    return Candidate(
        rotation,
        scale,
        (right + 0.5) * float(factor[1]) - 0.5,
        (down + 0.5) * float(factor[0]) - 0.5,
        peak,
    )


def _turn(degrees: float) -> np.ndarray:
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[cosine, -sine], [sine, cosine]])


def _turned(planes: np.ndarray, degrees: float) -> np.ndarray:
    """The planes as they lie in a photograph turned by so much, corners cut off."""
    if degrees == 0:
        return planes
    # array axes are (y, x): the inverse rotation of (x, y) is the rotation of (y, x)
    matrix = _turn(degrees)
    centre = (np.array(planes.shape[:2]) - 1) / 2
    turned = [
        affine_transform(plane, matrix, centre - matrix @ centre, order=1)
        for plane in np.moveaxis(planes, -1, 0)
    ]
    return np.stack(turned, axis=-1)


def _flat_spectrum(plane: np.ndarray, shape: list[int]) -> np.ndarray:
    """Fourier transform of a plane, nearly flat: that of two then makes their correlation so."""
    unit = plane / max(float(np.sqrt(np.sum(plane**2))), 1e-20)
    spectrum = fft.rfft2(unit, shape)
    return np.asarray(spectrum * np.maximum(np.abs(spectrum), 1e-12) ** -FLATTENED)


def _apart(found: Iterable[Candidate]) -> list[Candidate]:
    """From the highest down, without the neighbours of higher ones."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda candidate: -candidate.height):
        if len(kept) == _KEPT:
            break
        near = any(
            abs(one.rotation - other.rotation) < 0.1
            and abs(np.log(one.scale / other.scale)) < 0.002
            for other in kept
        )
        if not near:
            kept.append(one)
    return kept
