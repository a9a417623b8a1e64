"""One composition in paint, from its body to its finish.

A photograph sees the finish: the last thin coat. The X-ray sees the body beneath it, whose contours
lie elsewhere by a few pixels, whose thickness follows the brush and the area that was being painted
rather than the colour, which stops short of a figure's border or runs under it, and which may hold
a version that was given up.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, label, map_coordinates

from tfpaintsep.simulation.chemistry import areal_masses
from tfpaintsep.simulation.fields import smooth_field
from tfpaintsep.simulation.manner import Manner
from tfpaintsep.simulation.pigments import Pigment, choose_palette, choose_preferences, mix
from tfpaintsep.simulation.strokes import paint

_LUMINANCE = np.array([0.299, 0.587, 0.114])
_BROAD = 0.07  # blending of the first lay-in, of the larger side
_LEAD_IN_FINISH = 0.04  # share of it, beside that of other pigments
_TONES = 5  # in which a composition is laid out
_BORDER = 0.006  # width of what happens along the borders of areas, of the larger side


class PaintedLayer(NamedTuple):
    """A composition in paint.

    Attributes:
        matter: (h, w, `chemistry.MATTER`) areal masses, mg/cm2.
        relief: (h, w) thickness of the strokes, about 1.
        palette: Its pigments.
    """

    matter: NDArray[np.float64]
    relief: NDArray[np.float64]
    palette: tuple[Pigment, ...]


def paint_layer(rng: np.random.Generator, rgb: NDArray[np.float64], manner: Manner) -> PaintedLayer:
    """Paint a composition.

    Args:
        rng: Source of randomness.
        rgb: (h, w, 3) the composition as the eye sees it in the end, in [0, 1].
        manner: How it is painted.

    Returns:
        The layer.
    """
    size, extent = rgb.shape[:2], max(rgb.shape)
    palette = choose_palette(rng)
    preference = choose_preferences(rng, palette, size, 0.4 * extent)
    masses = areal_masses(palette)
    drawn = _redrawn(rng, rgb, manner.redrawing * extent)
    # Lead white models the body; the finish is coloured with what holds little lead.
    leaded = np.array(["Pb" in pigment.fractions for pigment in palette])
    last = manner.finish * np.where(leaded, _LEAD_IN_FINISH, 1.0)[:, None]
    content = mix(drawn, palette, preference).contents((1.0 - last) * masses)
    if manner.pentimento > 0:
        content += manner.pentimento * _abandoned(rng, drawn, content)
    content = _blended(content, manner.softness * extent)
    laid, relief = paint(rng, content, rgb @ _LUMINANCE)
    body = (1.0 - manner.strokes) * content + manner.strokes * laid
    thickness = np.exp(manner.thickness * smooth_field(rng, size, 0.2 * extent))
    body *= thickness * _areas(rng, drawn @ _LUMINANCE, manner)
    body += manner.underpaint * _blended(content, _BROAD * extent)
    finish = mix(rgb, palette, preference).contents(last * masses)
    finish *= relief * np.exp(0.2 * smooth_field(rng, size, 0.1 * extent))
    return PaintedLayer(np.moveaxis(body + finish, 0, -1), thickness * relief, palette)


def _blended(content: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Blur each map; on all cores, for wide blurs take most of a large painting's time."""
    with ThreadPoolExecutor() as pool:
        return np.stack(
            list(pool.map(partial(gaussian_filter, sigma=width, mode="nearest"), content))
        )


def _redrawn(
    rng: np.random.Generator, rgb: NDArray[np.float64], distance: float
) -> NDArray[np.float64]:
    """The composition as the body of paint has it: contours shifted by a few pixels.

    Painters change their mind, and the eye sees the last glaze where the X-ray sees the lead
    white beneath. This, more than texture, is what a photograph cannot explain in detail.
    """
    size = rgb.shape[:2]
    shift = [distance * smooth_field(rng, size, 0.1 * max(size)) for _ in range(2)]
    return _moved(rgb, np.indices(size) + shift)


def _moved(rgb: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    channels = [
        map_coordinates(channel, points, order=1, mode="nearest")
        for channel in np.moveaxis(rgb, -1, 0)
    ]
    return np.stack(channels, axis=-1)


def _abandoned(
    rng: np.random.Generator, rgb: NDArray[np.float64], content: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A pentimento: in one place, a part of the composition as it first stood elsewhere."""
    size, extent = rgb.shape[:2], max(rgb.shape)
    far = rng.uniform(0.08, 0.2) * extent
    angle = rng.uniform(0.0, 2.0 * np.pi)
    rows, columns = (np.rint(far * f(angle)).astype(int) for f in (np.sin, np.cos))
    earlier = np.roll(content, (rows, columns), axis=(1, 2))
    place = rng.uniform(0.2, 0.8, 2) * size
    reach = rng.uniform(0.12, 0.25) * extent
    y, x = np.indices(size)
    away = np.hypot(y - place[0], x - place[1]) + 0.5 * reach * smooth_field(rng, size, 0.5 * reach)
    return earlier / (1.0 + np.exp(np.clip((away - reach) / (0.02 * extent), -60.0, 60.0)))


def _areas(
    rng: np.random.Generator, luminance: NDArray[np.float64], manner: Manner
) -> NDArray[np.float64]:
    """A factor on the paint: each area has its own load, and a border with less paint or more."""
    size, extent = luminance.shape, max(luminance.shape)
    smooth = gaussian_filter(luminance, 0.01 * extent)
    smooth = smooth + 0.5 * smooth.std() * smooth_field(rng, size, 0.3 * extent)
    tones = np.digitize(smooth, np.quantile(smooth, np.linspace(0, 1, _TONES + 1)[1:-1]))
    number, count = np.zeros(size, np.int64), 0
    for tone in range(_TONES):
        found, parts = label(tones == tone)
        number[found > 0] = found[found > 0] + count
        count += parts
    load = np.exp(manner.areas * rng.standard_normal(count + 1))[number]
    inside = np.ones(size, bool)
    for axis in (0, 1):
        edge = np.diff(number, axis=axis) != 0
        inside[tuple(slice(0, n) for n in edge.shape)] &= ~edge
    border = np.exp(-((distance_transform_edt(inside) / (_BORDER * extent)) ** 2))
    kind = rng.uniform(0.0, 2.0, count + 1)[number]  # not every border alike
    return gaussian_filter(load * (1.0 - manner.reserve * kind * border), 0.004 * extent)
