"""Compositions without a model: figures, drapery, vessels and landscapes, abstract but painterly.

Any number of different underlayers can be made so, with edges at all scales: large forms in
light and shadow, folds and foliage, and small touches whose sizes follow a power law, as the
sizes of things in pictures do.
"""

import numpy as np
from numpy.typing import NDArray

from tfpaintsep.simulation.fields import smooth_field

Array = NDArray[np.float64]

# sRGB of paint, 0 to 255, dark to light in each row: grounds and shadows, cloth, flesh, things.
_SHADOWS = ((38, 30, 26), (58, 46, 34), (44, 48, 44), (82, 68, 50), (70, 58, 62), (96, 92, 84))
_CLOTHS = (
    ((46, 14, 18), (140, 40, 36), (226, 150, 120)),
    ((18, 26, 52), (48, 78, 132), (176, 192, 208)),
    ((24, 36, 24), (74, 96, 58), (186, 190, 132)),
    ((54, 36, 16), (176, 128, 56), (244, 218, 150)),
    ((70, 66, 62), (176, 168, 156), (248, 244, 234)),
    ((22, 20, 20), (60, 54, 52), (130, 122, 116)),
)
_FLESH = ((92, 54, 40), (204, 152, 118), (246, 220, 194))
_SKIES = ((112, 134, 156), (160, 164, 160), (196, 170, 130), (132, 124, 118))
_LIGHT = np.array([-0.55, -0.6, 0.58])  # x to the right, y down, towards the viewer


def composition(rng: np.random.Generator, size: tuple[int, int]) -> Array:
    """Invent a composition.

    Args:
        rng: Source of randomness; it decides everything.
        size: Height and width, px.

    Returns:
        (height, width, 3) in [0, 1].
    """
    scene = _Scene(rng, size)
    if rng.random() < 0.5:
        scene.landscape()
    else:
        scene.room()
    if rng.random() < 0.6:
        scene.drapery()
    scene.still_life()
    scene.touches()
    for _ in range(rng.integers(0, 3)):
        scene.figure()
    return scene.finished()


class _Scene:
    """A picture in the making. Lengths are in units of the shorter side."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int]) -> None:
        self.rng, self.size = rng, size
        self.side = min(size)
        self.height, self.width = size[0] / self.side, size[1] / self.side
        rows, columns = np.indices(size)
        self.y, self.x = rows / self.side, columns / self.side
        self.rgb = np.zeros((*size, 3))

    def landscape(self) -> None:
        """Bands of land before a sky, paler with distance, and bushes."""
        rng = self.rng
        horizon = self.height * rng.uniform(0.3, 0.55)
        sky, land = _SKIES[rng.integers(len(_SKIES))], rng.integers(2, 4)
        clouds = self._field(0.25) + 0.5 * self._field(0.08)
        self._lay(np.ones(self.size), (sky, (236, 228, 210)), 0.5 + 0.2 * clouds - 0.3 * self.y)
        for band in np.linspace(0.0, 1.0, 4):
            top = horizon + band * (self.height - horizon) * 0.8
            ridge = top + (0.03 + 0.05 * band) * (self._line(0.3) + 0.4 * self._line(0.05))
            dark, middle, _ = _CLOTHS[land]
            far = np.array(sky) * (1 - band) + np.array(middle) * band
            tone = 0.5 + 0.25 * self._field(0.06) + 0.15 * self._field(0.02) * band
            self._lay(self._soft(self.y - ridge), (dark, tuple(far)), tone + 0.2 * (1 - band))
        for _ in range(rng.integers(2, 7)):
            self._tree(rng.uniform(0, self.width), horizon + rng.uniform(0.0, 0.4))

    def room(self) -> None:
        """A dark wall with light falling on it from the left, a table or floor."""
        rng = self.rng
        wall, floor = (np.array(_SHADOWS[i]) for i in rng.permutation(len(_SHADOWS))[:2])
        fall = 0.6 - 0.5 * self.x / self.width + 0.15 * self._field(0.3) + 0.06 * self._field(0.03)
        self._lay(np.ones(self.size), (tuple(0.5 * wall), tuple(1.6 * wall + 20)), fall)
        edge = self.height * rng.uniform(0.6, 0.85) + 0.05 * rng.standard_normal() * self.x
        grain = 0.5 + 0.2 * self._field(0.15) + 0.1 * self._line(0.01, along=0)
        self._lay(self._soft(self.y - edge), (tuple(0.6 * floor), tuple(1.5 * floor + 30)), grain)

    def figure(self) -> None:
        """A half length: cloth over shoulders and arms, head, hair, collar, hands."""
        rng = self.rng
        x, y = self.width * rng.uniform(0.3, 0.7), self.height * rng.uniform(0.2, 0.4)
        head = rng.uniform(0.08, 0.17)
        cloth, hair = _CLOTHS[rng.integers(len(_CLOTHS))], _SHADOWS[rng.integers(4)]
        folds = self._folds(rng.uniform(0.08, 0.14))
        self._form(x, y + 4.6 * head, 1.9 * head, 3.6 * head, 0.05, cloth, folds)
        for side in (-1, 1):
            lean = side * rng.uniform(0.2, 0.6)
            self._form(x + 1.7 * side * head, y + 3.3 * head, 0.7 * head, 1.8 * head, -lean, cloth)
            hand = x + side * head * rng.uniform(0.3, 1.6), y + head * rng.uniform(3.6, 4.6)
            self._form(*hand, 0.3 * head, 0.45 * head, lean, _FLESH)
        self._form(x, y - 0.15 * head, 1.0 * head, 1.2 * head, 0.0, (hair, _CLOTHS[3][0], hair))
        self._form(x, y + 1.2 * head, 0.45 * head, 0.6 * head, 0.0, _FLESH)
        self._form(x, y + 1.7 * head, 1.1 * head, 0.3 * head, 0.0, _CLOTHS[4], folds)
        self._form(x, y, 0.72 * head, head, 0.1 * rng.standard_normal(), _FLESH)
        for aside in (-0.3, 0.3):
            self._form(x + aside * head, y - 0.1 * head, 0.12 * head, 0.05 * head, 0, (hair,) * 3)
        self._form(x, y + 0.48 * head, 0.2 * head, 0.05 * head, 0.0, _CLOTHS[0])

    def drapery(self) -> None:
        """A hanging cloth with folds."""
        rng = self.rng
        cloth = _CLOTHS[rng.integers(len(_CLOTHS))]
        middle = self.width * rng.uniform(0.0, 1.0) + 0.1 * self._line(0.4, along=0)
        half = rng.uniform(0.15, 0.4) + 0.05 * self._line(0.1, along=0)
        bottom = self.height * rng.uniform(0.5, 1.1) + 0.05 * self._line(0.1)
        inside = self._soft(half - np.abs(self.x - middle)) * self._soft(bottom - self.y)
        self._lay(inside, cloth, 0.45 + 0.5 * self._folds(rng.uniform(0.07, 0.16)))

    def still_life(self) -> None:
        """Round things in a row, each with its shadow and a highlight."""
        rng = self.rng
        ground = self.height * rng.uniform(0.65, 0.9)
        for place in rng.uniform(0.05, 0.95, rng.integers(3, 8)) * self.width:
            width, height = rng.uniform(0.03, 0.11), rng.uniform(0.04, 0.16)
            colours = (*_CLOTHS, _FLESH)[rng.integers(len(_CLOTHS) + 1)]
            foot = ground + 0.05 * rng.standard_normal()
            dark = (_SHADOWS[0],) * 3
            self._form(place + 0.6 * width, foot, 1.4 * width, 0.3 * width, 0.0, dark, strength=0.6)
            self._form(place, foot - height, width, height, 0.0, colours)
            glint = place - 0.4 * width, foot - 1.45 * height, 0.12 * width, 0.14 * height
            self._form(*glint, 0.5, ((255, 250, 236),) * 3, strength=0.8)

    def touches(self) -> None:
        """Small marks of any size, in clusters: leaves, lace, jewels, broken light."""
        rng = self.rng
        for _ in range(rng.integers(2, 5)):
            x, y = rng.uniform(0, self.width), rng.uniform(0, self.height)
            spread, colours = rng.uniform(0.05, 0.2), _CLOTHS[rng.integers(len(_CLOTHS))]
            self._cluster(x, y, spread, int(rng.integers(15, 90)), colours)

    def finished(self) -> Array:
        """The picture with an uneven tone, never quite black or white."""
        tone = 1.0 + 0.06 * self._field(0.1)[..., None] + 0.03 * self._field(0.02)[..., None]
        return np.clip(0.03 + 0.94 * self.rgb * tone, 0.0, 1.0)

    def _tree(self, x: float, foot: float) -> None:
        rng = self.rng
        tall = rng.uniform(0.06, 0.3)
        self._form(x, foot - 0.5 * tall, 0.03 * tall, 0.6 * tall, 0.05, (_SHADOWS[0],) * 3)
        self._cluster(x, foot - tall, 0.3 * tall, 150, _CLOTHS[2])

    def _cluster(self, x: float, y: float, spread: float, number: int, colours: tuple) -> None:
        rng = self.rng
        for _ in range(number):
            radius = min(0.4 * spread, 0.003 * rng.random() ** -0.7)  # a power law
            at = x + spread * rng.standard_normal(), y + spread * rng.standard_normal()
            one = colours[rng.integers(3)]
            flat = radius * rng.uniform(0.3, 1.0)
            self._form(*at, radius, flat, rng.uniform(0, np.pi), (colours[0], one, colours[2]))

    def _form(
        self,
        x: float,
        y: float,
        half_width: float,
        half_height: float,
        turn: float,
        colours: tuple,
        relief: Array | None = None,
        strength: float = 1.0,
    ) -> None:
        """An ellipsoid in the light, its outline a little uneven; `relief` adds to its tone."""
        reach = 1.2 * max(half_width, half_height) + 2.0 / self.side
        rows = self._range(y, reach, self.size[0])
        columns = self._range(x, reach, self.size[1])
        window = np.s_[rows, columns]
        if self.rgb[window].size == 0:
            return
        from_x, from_y = self.x[window] - x, self.y[window] - y
        u = (from_x * np.cos(turn) + from_y * np.sin(turn)) / half_width
        v = (from_y * np.cos(turn) - from_x * np.sin(turn)) / half_height
        around = np.arctan2(v, u)
        phases = self.rng.uniform(0.0, 2.0 * np.pi, 3)
        uneven = sum(np.cos((k + 2) * around + phase) for k, phase in enumerate(phases))
        squared = (u * u + v * v) * (1.0 + 0.05 * uneven)
        out_of_plane = np.sqrt(np.clip(1.0 - squared, 0.0, 1.0))
        normal_x = u * np.cos(turn) - v * np.sin(turn)
        normal_y = u * np.sin(turn) + v * np.cos(turn)
        lit = _LIGHT[0] * normal_x + _LIGHT[1] * normal_y + _LIGHT[2] * out_of_plane
        tone = 0.2 + 0.75 * np.clip(lit, 0.0, 1.0)
        if relief is not None:
            tone = tone + 0.35 * relief[window]
        inside = self._soft((1.0 - np.sqrt(squared)) * min(half_width, half_height))
        self._lay(strength * inside, colours, tone, window)

    def _lay(self, cover: Array, colours: tuple, tone: Array, window: tuple = (...,)) -> None:
        """Paint where `cover` is 1, from dark to light by `tone` (0 to 1)."""
        stops = np.linspace(0.0, 1.0, len(colours))
        ramp = np.array(colours, dtype=np.float64) / 255.0
        paint = np.stack([np.interp(tone, stops, channel) for channel in ramp.T], axis=-1)
        self.rgb[window] += cover[..., None] * (paint - self.rgb[window])

    def _folds(self, spacing: float) -> Array:
        """Folds of cloth, about -1 to 1: hanging ridges that bend, branch and are sharp above."""
        phase = 2.0 * np.pi * (self.x + 0.35 * self._field(0.35) * spacing * 2.0) / spacing
        phase += 2.5 * self._field(0.5) * self.y
        phase += 1.2 * self._field(1.5 * spacing)
        ridges = 1.0 - 2.0 * np.abs(np.sin(0.5 * phase))
        depth = np.clip(0.6 + 0.5 * self._field(2.0 * spacing), 0.1, 1.3)
        slack = 0.4 * self._field(0.8 * spacing)  # where it bulges between the folds
        return depth * ridges + slack + 0.2 * np.sin(2.3 * phase + 4.0 * self._field(0.2))

    def _field(self, scale: float) -> Array:
        return smooth_field(self.rng, self.size, max(1.0, scale * self.side))

    def _line(self, scale: float, along: int = 1) -> Array:
        """A random function of x (`along` 1) or y, for broadcasting."""
        extent = self.size[along]
        values = smooth_field(self.rng, (1, extent), max(1.0, scale * self.side))
        return values if along == 1 else values.T

    def _soft(self, inside: Array) -> Array:
        """1 inside, 0 outside an outline, one pixel soft."""
        return np.clip(0.5 + inside * self.side, 0.0, 1.0)

    def _range(self, middle: float, reach: float, extent: int) -> slice:
        first, last = (middle - reach) * self.side, (middle + reach) * self.side
        return slice(min(extent, max(0, int(first))), min(extent, max(0, int(last) + 1)))
