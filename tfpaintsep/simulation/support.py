"""What the paint lies on: canvas on a stretcher, or a panel with a cradle.

The radiograph shows the weave because the ground fills its hollows, and all wood because it is
thick. By convention all of it belongs to the *surface* painting's layer: only one support is
there, and it is not concealed by paint.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from tfpaintsep.simulation.fields import smooth_field


def canvas(
    rng: np.random.Generator,
    size: tuple[int, int],
    thread: tuple[float, float],
    irregularity: float = 1.0,
    cusping: float = 0.0,
) -> NDArray[np.float64]:
    """A plain weave, with threads that wander, swell and differ in thickness.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        thread: Spacing of weft (down the picture) and warp (across), px.
        irregularity: 0: woven by machine; 1: by hand; 2: coarse, with many thick places.
        cusping: How far the tacks pulled the threads at the edges into arcs, in thread spacings.

    Returns:
        (height, width) relief, mean about 0, standard deviation 1.
    """
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    weft = _threads(rng, rows, columns, thread[0], irregularity, cusping)
    warp = _threads(rng, columns.T, rows.T, thread[1], irregularity, cusping).T
    tension = 1.0 + 0.25 * irregularity * smooth_field(rng, size, 0.3 * max(size))
    relief = (weft + warp) * tension
    return (relief - relief.mean()) / relief.std()


def wood(rng: np.random.Generator, size: tuple[int, int], ring: float) -> NDArray[np.float64]:
    """The grain of an upright panel: growth rings cut lengthwise, and fibres.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        ring: Mean width of a growth ring, px.

    Returns:
        (height, width) relief, mean about 0, standard deviation 1.
    """
    columns = np.arange(size[1], dtype=np.float64)
    drift = 1.5 * ring * smooth_field(rng, size, 0.6 * max(size))
    wobble = 0.3 * ring * smooth_field(rng, (size[0], 1), 12.0 * ring)
    growth = np.cumsum(np.exp(0.3 * rng.standard_normal(4 * max(size))))
    age = np.interp(columns + drift + wobble + size[1], np.arange(growth.size), growth) / ring
    late = np.mod(age, 1.0) ** 2  # dense late wood ends each ring abruptly
    fibres = gaussian_filter1d(rng.standard_normal(size), 8.0, axis=0)
    relief = (late - late.mean()) / late.std() + 0.8 * fibres / fibres.std()
    return (relief - relief.mean()) / relief.std()


def stretcher(
    rng: np.random.Generator,
    size: tuple[int, int],
    bar: float,
    keys: bool = True,
) -> NDArray[np.float64]:
    """The wooden frame behind a canvas: bevelled bars, mitred at the corners.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        bar: Width of a bar, px.
        keys: Whether wedges keep the corners apart.

    Returns:
        (height, width) thickness of wood, 0 where there is none, about 1 in a bar.
    """
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    lying, upright = _grain(rng, size, bar, upright=False), _grain(rng, size, bar, upright=True)
    # No frame is quite square, and a bar's face slopes away from the canvas inwards.
    skew = 0.01 * rng.standard_normal(4)
    top, left = rows + skew[0] * columns, columns + skew[1] * rows
    bottom = size[0] - 1.0 - rows + skew[2] * columns
    right = size[1] - 1.0 - columns + skew[3] * rows
    to_side, to_end = np.minimum(left, right), np.minimum(top, bottom)
    depth = np.minimum(to_side, to_end)
    bevel = 1.0 - 0.25 * np.clip(depth / bar, 0.0, 1.0)
    frame = _soft(bar - depth) * bevel * np.where(to_side < to_end, upright, lying)
    if keys:
        joint = np.abs(to_side - to_end)
        corner = np.maximum(to_side, to_end) < bar
        frame = np.where(corner, frame * (1.0 - 0.6 * _soft(0.02 * bar + 1.0 - joint)), frame)
        # A key is a hardwood wedge, driven from the inner corner along the bar.
        for along, aside in ((to_side, to_end), (to_end, to_side)):
            inwards = along - 0.55 * bar
            width = 0.13 * bar * (1.0 - 0.35 * inwards / bar)
            wedge = _soft(width - np.abs(aside - 0.75 * bar)) * _soft(inwards)
            frame += 0.6 * wedge * _soft(bar - inwards)
    return frame


def cradle(
    rng: np.random.Generator, size: tuple[int, int], members: tuple[int, int], bar: float
) -> NDArray[np.float64]:
    """The lattice behind a panel: upright members glued on, lying ones that slide in them.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        members: How many lie across and how many stand upright.
        bar: Width of a member, px.

    Returns:
        (height, width) thickness of wood, 0 where there is none, about 1 in a member.
    """
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    lattice = np.zeros(size)
    for across, along, number, upright in (
        (rows, columns, members[0], False),
        (columns, rows, members[1], True),
    ):
        grain = _grain(rng, size, bar, upright)
        for place in _spaced(rng, across.max(), number):
            off = across - place - 0.01 * rng.standard_normal() * along
            height = 1.0 if upright else rng.uniform(0.75, 0.95)
            member = height * _soft(0.5 * bar - np.abs(off)) * grain
            lattice = np.maximum(lattice, member)
    return lattice


def _threads(
    rng: np.random.Generator,
    across: NDArray[np.float64],
    along: NDArray[np.float64],
    spacing: float,
    irregularity: float,
    cusping: float,
) -> NDArray[np.float64]:
    """Parallel threads at right angles to `across` (which grows downwards)."""
    size = across.shape
    wander = 0.8 * irregularity * smooth_field(rng, size, 14.0 * spacing)
    position = (across + wander) / spacing + _arcs(rng, across, along, cusping)
    over = np.floor(position).astype(int)
    number = over - over.min()
    # A thread swells and thins along its length, each by itself; a few places are very thick.
    piece = 4.0 * spacing
    along_thread = along / piece
    first = along_thread.astype(int)
    share = along_thread - first
    lumps = rng.standard_normal((number.max() + 1, int(first.max()) + 2))
    lumps += 2.0 * np.clip(lumps - 2.0, 0.0, None)
    swelling = (1.0 - share) * lumps[number, first] + share * lumps[number, first + 1]
    whole = rng.standard_normal(number.max() + 1)[number]
    thickness = np.clip(1.0 + irregularity * (0.35 * whole + 0.25 * swelling), 0.1, None)
    over_and_under = 1.0 + 0.35 * np.cos(np.pi * (along / spacing + over))
    return np.cos(2.0 * np.pi * position) * thickness * over_and_under


def _arcs(
    rng: np.random.Generator,
    across: NDArray[np.float64],
    along: NDArray[np.float64],
    cusping: float,
) -> NDArray[np.float64]:
    """How far threads are pulled outwards at each tack, less and less away from the edge."""
    height, length = across.max() + 1.0, along.max() + 1.0
    waves = max(2, round(length / (0.22 * height)))
    pulled = np.zeros_like(across)
    for sign, distance in ((1.0, across), (-1.0, height - 1.0 - across)):
        phase = 2.0 * np.pi * (waves * along / length + rng.random())
        pulled += sign * np.cos(phase) * np.exp(-distance / (0.1 * height))
    return cusping * pulled


def _grain(
    rng: np.random.Generator, size: tuple[int, int], bar: float, upright: bool
) -> NDArray[np.float64]:
    """Thickness of sawn wood about 1, with the grain along its length."""
    relief = wood(rng, size if upright else size[::-1], 0.12 * bar)
    return 1.0 + 0.06 * (relief if upright else relief.T)


def _spaced(rng: np.random.Generator, extent: float, number: int) -> NDArray[np.float64]:
    """Places of so many members, evenly over an extent but for a carpenter's error."""
    places = (np.arange(number) + 1.0) / (number + 1.0)
    return extent * (places + 0.01 * rng.standard_normal(number))


def _soft(inside: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 within an outline, 0 without, the edge as soft as the distance from the film makes it."""
    return np.clip(0.5 + 0.4 * inside, 0.0, 1.0)
