"""Brushwork: paint put down stroke by stroke, which a radiograph shows better than the eye.

Each stroke carries the paint found at its own centre, a load of its own, and the furrows of
its bristles, along the forms where the composition has edges and along a wandering direction
elsewhere. Strokes mix where they cross.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude

from tfpaintsep.simulation.fields import smooth_field

# Points of a stroke's profile, from one side to the other: its bristles' furrows.
_PROFILE = 7
# Spread of the absorbance from stroke to stroke (of its logarithm).
_MIXING = 0.35


@dataclass(frozen=True)
class Brush:
    """One pass over the canvas.

    Attributes:
        length: Length of a stroke, px in a painting of 400 px.
        width: Width of a stroke, likewise.
        coverage: How many strokes lie over a point, on average.
        detail: 0: strokes everywhere; 1: only where the composition has detail.
        load: Spread of the paint's amount from stroke to stroke (of its logarithm).
        bristle: Spread of the paint's thickness across a stroke.
    """

    length: float
    width: float
    coverage: float
    detail: float
    load: float = 0.25
    bristle: float = 0.6


_REFERENCE_SIZE = 400.0
_THINNEST = 2.0  # px; a thinner stroke would be noise

#: Blocking in, modelling, finishing.
BRUSHES = (
    Brush(length=30, width=8, coverage=3.0, detail=0.0),
    Brush(length=18, width=5, coverage=2.0, detail=0.6),
    Brush(length=10, width=2.6, coverage=2.0, detail=0.85),
)


def stroke_directions(
    rng: np.random.Generator, luminance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Direction of the brush: along edges where there are any, wandering elsewhere.

    Args:
        rng: Source of randomness.
        luminance: (h, w) of the composition, in [0, 1].

    Returns:
        (h, w) angle of (x to the right, y down) from the x axis, radians, modulo pi.
    """
    dy, dx = np.gradient(gaussian_filter(luminance, 2.0))
    # Doubled angles, so that opposite directions do not cancel; the edge runs across the
    # gradient, hence the minus signs.
    along_x = gaussian_filter(dy * dy - dx * dx, 5.0)
    along_y = gaussian_filter(-2.0 * dx * dy, 5.0)
    strength = np.hypot(along_x, along_y).mean() + 1e-6
    scale = 0.2 * max(luminance.shape)
    wander_x = smooth_field(rng, luminance.shape, scale)
    wander_y = smooth_field(rng, luminance.shape, scale)
    return 0.5 * np.arctan2(
        along_y / strength + 0.7 * wander_y, along_x / strength + 0.7 * wander_x
    )


def paint(
    rng: np.random.Generator,
    content: NDArray[np.float64],
    luminance: NDArray[np.float64],
    brushes: tuple[Brush, ...] = BRUSHES,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay down the paint of a composition in strokes.

    Args:
        rng: Source of randomness.
        content: (..., h, w) what the paint to use at each point has in a layer of usual
            thickness: absorbance, amount of an element.
        luminance: (h, w) of the composition, in [0, 1]; gives directions and detail.
        brushes: The passes, coarse to fine.

    Returns:
        (..., h, w) what the strokes have together, the mean of their paint times its thickness;
        and (h, w) that thickness, of mean 1, which saturates, since a brush pushes wet paint
        aside.
    """
    angles = stroke_directions(rng, luminance)
    detail = gaussian_filter(gaussian_gradient_magnitude(luminance, 1.0), 2.0)
    detail = np.clip(detail / max(float(np.percentile(detail, 95)), 1e-6), 0.0, 1.0)
    amount, held = np.zeros_like(luminance), np.zeros(content.shape)
    scale = max(luminance.shape) / _REFERENCE_SIZE
    for brush in brushes:
        brush = replace(
            brush, length=scale * brush.length, width=max(_THINNEST, scale * brush.width)
        )
        pixel, thickness, stroke, centre, mixing = _strokes(rng, angles, detail, brush)
        amount += _pile_up(pixel, thickness, amount.shape)
        for one, total in zip(_maps(content), _maps(held), strict=True):
            paint_used = one[centre] * mixing
            total += _pile_up(pixel, thickness * paint_used[stroke], amount.shape)
    bare = 0.05  # a thin wash everywhere, so that no point is without paint
    mean_paint = (held + bare * content) / (amount + bare)
    thickness = 1.0 - np.exp(-amount / amount.mean())
    thickness /= thickness.mean()
    return mean_paint * thickness, thickness


class _Strokes(NamedTuple):
    """All strokes of one pass: three arrays over their points, two over the strokes."""

    pixel: NDArray[np.int64]
    thickness: NDArray[np.float64]
    stroke: NDArray[np.int64]
    centre: tuple[NDArray[np.int64], NDArray[np.int64]]
    mixing: NDArray[np.float64]


def _strokes(
    rng: np.random.Generator,
    angles: NDArray[np.float64],
    detail: NDArray[np.float64],
    brush: Brush,
) -> _Strokes:
    """Lay one pass of strokes."""
    height, width = angles.shape
    reach = int(np.ceil(0.5 * brush.length)) + 1
    # Strokes start outside the picture too, or its border would be bare.
    area = (height + 2 * reach) * (width + 2 * reach)
    count = int(brush.coverage * area / (brush.length * brush.width))
    row = rng.uniform(-reach, height + reach, count)
    column = rng.uniform(-reach, width + reach, count)
    chosen = np.clip(row, 0, height - 1).astype(int), np.clip(column, 0, width - 1).astype(int)
    kept = rng.random(count) < 1.0 - brush.detail * (1.0 - detail[chosen])
    row, column, chosen = row[kept], column[kept], (chosen[0][kept], chosen[1][kept])
    count = row.size
    angle = angles[chosen] + 0.2 * rng.standard_normal(count)
    # No two strokes are mixed alike.
    mixing = np.exp(_MIXING * rng.standard_normal(count))
    load = np.exp(brush.load * rng.standard_normal(count))
    bend = rng.normal(0.0, 0.2 * brush.width, count)
    profiles = np.clip(1.0 + brush.bristle * rng.standard_normal((count, _PROFILE)), 0.0, None)

    # Coordinates of every pixel of every stroke's square: u along it, v across it, -1 to 1.
    offset = np.arange(-reach, reach + 1)
    y = np.floor(row).astype(int)[:, None, None] + offset[:, None]
    x = np.floor(column).astype(int)[:, None, None] + offset
    from_y, from_x = y - row[:, None, None], x - column[:, None, None]
    cosine, sine = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    u = (from_x * cosine + from_y * sine) * (2.0 / brush.length)
    v = (from_y * cosine - from_x * sine - bend[:, None, None] * u * u) * (2.0 / brush.width)
    inside = (np.abs(u) < 1) & (np.abs(v) < 1) & (y >= 0) & (y < height) & (x >= 0) & (x < width)
    stroke = np.nonzero(inside)[0]
    pixel = (y * width + x)[inside]
    u2, v2 = u[inside] ** 2, v[inside] ** 2

    # Full in the middle, thin at the ends and sides; along each bristle the furrow stays.
    across = (v[inside] + 1.0) * (0.5 * (_PROFILE - 1))
    left = across.astype(int)
    share = across - left
    furrow = (1 - share) * profiles[stroke, left] + share * profiles[stroke, left + 1]
    thickness = (1.0 - u2 * u2) * (1.0 - v2 * v2) * furrow * load[stroke]
    return _Strokes(pixel, thickness, stroke, chosen, mixing)


def _maps(content: NDArray[np.float64]) -> NDArray[np.float64]:
    """A view (maps, h, w) of (..., h, w)."""
    return content.reshape(-1, *content.shape[-2:])


def _pile_up(
    pixel: NDArray[np.int64], amount: NDArray[np.float64], size: tuple[int, ...]
) -> NDArray[np.float64]:
    piled = np.bincount(pixel, amount, minlength=size[0] * size[1])
    return piled.astype(np.float64).reshape(size)
