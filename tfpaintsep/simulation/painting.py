"""A painting over a painting, with both layers known."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import map_coordinates

from tfpaintsep.errors import InputError
from tfpaintsep.images import ElementStack
from tfpaintsep.simulation import fluorescence
from tfpaintsep.simulation.chemistry import areal_masses
from tfpaintsep.simulation.fields import smooth_field
from tfpaintsep.simulation.photography import photograph
from tfpaintsep.simulation.pictures import as_rgb, fit_to, picture
from tfpaintsep.simulation.pigments import Pigment, choose_palette, choose_preferences, mix
from tfpaintsep.simulation.radiography import expose
from tfpaintsep.simulation.strokes import paint
from tfpaintsep.simulation.support import canvas, wood

PIXELS_PER_CM = 40.0

_LUMINANCE = np.array([0.299, 0.587, 0.114])
_SMALLEST = 32

# Calibrated with `evaluation.realism` against real radiographs, not physical constants.
# Amounts of texture are in units of the surface paint's contrast (standard deviation).
_BODY = 0.25  # share of the paint that follows the composition exactly, not in strokes
_REDRAWING = 0.02  # how far the body of paint strays from the visible finish, of the size
_GROUND = 0.15  # slow variation of the ground
_WEAVE = 0.12  # relief of the support
_GRAIN = 0.08  # of the film

# What is red to the eye holds a red pigment there: for fluorescence, which tells the pigments
# apart, so much of the visible paint is its finish and the rest its redrawn body.
_FINISH = 0.5


@dataclass(frozen=True, eq=False)
class SimulatedPainting:
    """A painting whose layers are known: surface + concealed = mixture, exactly.

    Support, ground and film grain belong to the surface layer by convention.

    Attributes:
        rgb: (h, w, 3) float32 in [0, 1], the photograph of the surface.
        surface: (h, w) uint16, the surface painting's radiograph.
        concealed: (h, w) uint16, the concealed painting's radiograph.
        mixture: (h, w) uint16, the radiograph of both, dense paint bright.
        maps: The measured element maps of both, (h / 4, w / 4, B) counts.
        known_maps: The same without noise at the photograph's resolution, (h, w, B).
        metadata: How it was made, as JSON values.
    """

    rgb: NDArray[np.float32]
    surface: NDArray[np.uint16]
    concealed: NDArray[np.uint16]
    mixture: NDArray[np.uint16]
    maps: ElementStack
    known_maps: ElementStack
    metadata: dict[str, Any] = field(default_factory=dict)


def simulate(
    surface_picture: str | ArrayLike,
    concealed_picture: str | ArrayLike,
    *,
    size: tuple[int, int],
    seed: int = 0,
) -> SimulatedPainting:
    """Paint one composition over another, take the radiograph and scan the elements.

    Args:
        surface_picture: The visible composition: a name of `pictures.PICTURES`, or an image
            (h, w, 3), integers or floats in [0, 1]. Its centre is cut to the size's proportions.
        concealed_picture: The composition beneath, likewise; painted independently.
        size: Height and width of the painting, px, multiples of 4, at least 32 each.
        seed: The same seed gives the same painting, to the last bit.

    Returns:
        The painting with its layers.

    Raises:
        InputError: If a picture or the size is unusable.
    """
    step = fluorescence.SCALE
    if min(size) < _SMALLEST or any(side % step for side in size):
        fitting = [max(_SMALLEST, side - side % step) for side in size]
        raise InputError(
            "size",
            expected=f"at least {_SMALLEST} by {_SMALLEST} px, and multiples of {step}, the steps "
            "of the element maps",
            found=f"{size[0]} by {size[1]}",
            advice=f"Choose {fitting[0]} by {fitting[1]}, for one.",
        )
    # Independent streams: the concealed layer never changes what the surface looks like.
    on_surface, beneath, material, counting = np.random.default_rng(seed).spawn(4)
    rgb = fit_to(_as_picture(surface_picture), size)
    beneath_rgb = fit_to(_as_picture(concealed_picture), size)
    visible = _paint_layer(on_surface, _redrawn(on_surface, rgb), rgb)
    hidden = _paint_layer(beneath, beneath_rgb, beneath_rgb)
    surface = visible.absorbance
    contrast = float(surface.std())
    depth = float(material.uniform(0.7, 1.1))
    thicker = depth * contrast / max(float(hidden.absorbance.std()), 1e-12)
    concealed = thicker * hidden.absorbance
    support, support_name = _support(material, size)
    ground = contrast * _GROUND * smooth_field(material, size, 0.4 * max(size))
    grain = contrast * _GRAIN * material.standard_normal(size)
    texture = ground + contrast * _WEAVE * support + grain
    # The ground's own absorbance carries the texture above zero, thin paint included.
    grey = expose(surface + texture - min(float((surface + texture).min()), 0.0), concealed)
    counts = fluorescence.expected_counts(visible.matter, thicker * hidden.matter)
    maps, known_maps = fluorescence.scan(counting, counts, PIXELS_PER_CM)
    return SimulatedPainting(
        photograph(on_surface, rgb, visible.relief + 0.1 * support),
        *grey,
        maps,
        known_maps,
        metadata={
            "seed": seed,
            "size": list(size),
            "surface_picture": _name(surface_picture),
            "concealed_picture": _name(concealed_picture),
            "surface_palette": _as_json(visible.palette),
            "concealed_palette": _as_json(hidden.palette),
            "concealed_contrast": round(depth, 4),
            "support": support_name,
            "pixels_per_cm": PIXELS_PER_CM,
            "element_maps": {
                "names": list(maps.names),
                "scale": fluorescence.SCALE,
                "dwell_s": fluorescence.DWELL,
                "beam_sigma_px": fluorescence.BEAM,
            },
        },
    )


def demo_painting(size: tuple[int, int] = (256, 256), seed: int = 0) -> SimulatedPainting:
    """The built-in painting: a portrait over a cat.

    Args:
        size: Height and width, px.
        seed: The same seed gives the same painting.

    Returns:
        The painting with its layers.
    """
    return simulate("portrait", "cat", size=size, seed=seed)


def _as_picture(source: str | ArrayLike) -> NDArray[np.float64]:
    return picture(source) if isinstance(source, str) else as_rgb(source)


def _name(source: str | ArrayLike) -> str:
    return source if isinstance(source, str) else "given array"


def _as_json(palette: tuple[Pigment, ...]) -> dict[str, float]:
    return {pigment.name: pigment.absorbance for pigment in palette}


class _Layer(NamedTuple):
    """One composition in paint.

    Attributes:
        absorbance: (h, w) as the radiograph sees it.
        relief: (h, w) thickness, about 1.
        palette: Its pigments.
        matter: (h, w, `chemistry.MATTER`) areal masses, mg/cm2.
    """

    absorbance: NDArray[np.float64]
    relief: NDArray[np.float64]
    palette: tuple[Pigment, ...]
    matter: NDArray[np.float64]


def _paint_layer(
    rng: np.random.Generator, rgb: NDArray[np.float64], finish: NDArray[np.float64]
) -> _Layer:
    """Paint a composition, and finish it with thin even paint of the same palette."""
    size = rgb.shape[:2]
    palette = choose_palette(rng)
    preference = choose_preferences(rng, palette, size, 0.4 * max(size))
    masses = areal_masses(palette)
    mixture = mix(rgb, palette, preference)
    content = np.concatenate([mixture.absorbance[None], mixture.contents(masses)])
    strokes, relief = paint(rng, content, rgb @ _LUMINANCE)
    thickness = np.exp(0.15 * smooth_field(rng, size, 0.25 * max(size)))
    layer = thickness * (_BODY * content + (1.0 - _BODY) * strokes)
    layer *= _retouching(rng, size)
    on_top = thickness * mix(finish, palette, preference).contents(masses)
    matter = (1.0 - _FINISH) * layer[1:] + _FINISH * on_top
    return _Layer(layer[0], thickness * relief, palette, np.moveaxis(matter, 0, -1))


def _redrawn(rng: np.random.Generator, rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """The composition as the body of paint has it: contours shifted by a few pixels.

    Painters change their mind, and the eye sees the last glaze where the X-ray sees the lead
    white beneath. This, more than texture, is what a photograph cannot explain in detail.
    """
    size = rgb.shape[:2]
    extent = max(size)
    shift = [_REDRAWING * extent * smooth_field(rng, size, 0.1 * extent) for _ in range(2)]
    points = np.indices(size) + shift
    channels = [
        map_coordinates(channel, points, order=1, mode="nearest")
        for channel in np.moveaxis(rgb, -1, 0)
    ]
    return np.stack(channels, axis=-1)


def _retouching(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float64]:
    """A factor on the paint: small losses (little left) and fills (dense), sharp at the edge."""
    chance = smooth_field(rng, size, 9.0)
    where = smooth_field(rng, size, 0.2 * max(size))  # damage comes in places
    loss = 1.0 / (1.0 + np.exp(-12.0 * (chance + 0.6 * where - 3.6)))
    fill = 1.0 / (1.0 + np.exp(-12.0 * (-chance + 0.6 * where - 3.6)))
    return 1.0 - 0.7 * loss + 0.5 * fill


def _support(
    rng: np.random.Generator, size: tuple[int, int]
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    if rng.random() < 0.75:
        counts = rng.uniform(10.0, 14.0, 2)
        relief = canvas(rng, size, tuple(PIXELS_PER_CM / counts))
        return relief, {"kind": "canvas", "threads_per_cm": [round(float(c), 2) for c in counts]}
    ring = float(rng.uniform(0.1, 0.2))
    return wood(rng, size, ring * PIXELS_PER_CM), {"kind": "panel", "ring_cm": round(ring, 3)}
