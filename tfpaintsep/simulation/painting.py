"""A painting over a painting, with both layers known."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tfpaintsep.errors import InputError
from tfpaintsep.images import ElementStack
from tfpaintsep.simulation import fluorescence
from tfpaintsep.simulation.attenuation import FILM, FILTRATION, absorbance, tube_spectrum
from tfpaintsep.simulation.chemistry import MATTER
from tfpaintsep.simulation.damage import Damage, age
from tfpaintsep.simulation.fields import smooth_field
from tfpaintsep.simulation.layers import PaintedLayer, paint_layer
from tfpaintsep.simulation.manner import choose_manner
from tfpaintsep.simulation.photography import photograph
from tfpaintsep.simulation.pictures import as_rgb, draw_names, fit_to, part_of, picture
from tfpaintsep.simulation.radiography import (
    DETECTOR,
    expose,
    expose_exactly,
    recorded,
    scattered,
    union,
)
from tfpaintsep.simulation.support import canvas, cradle, stretcher, wood

PIXELS_PER_CM = 40.0
KILOVOLTS = 35.0

_SMALLEST = 32
_LEAST_CONTRAST, _MOST_COATS = 0.1, 4.0  # standard deviation of the absorbance
_WOOD = 1.2  # of a stretcher or cradle, in units of the relief's standard deviation
_PUTTY = 6.0  # mg/cm2 of calcium and as much again of the rest in a filled loss

MixtureKind = Literal["additive", "exact"]


@dataclass(frozen=True, eq=False)
class SimulatedPainting:
    """A painting whose layers are known: surface + concealed = additive mixture, exactly.

    Support, ground and the radiograph's noise belong to the surface layer by convention.

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
    surface_picture: str | ArrayLike | None = None,
    concealed_picture: str | ArrayLike | None = None,
    *,
    size: tuple[int, int],
    seed: int = 0,
    mixture: MixtureKind = "additive",
    dwell: float = fluorescence.DWELL,
) -> SimulatedPainting:
    """Paint one composition over another, take the radiograph and scan the elements.

    Args:
        surface_picture: The visible composition: a name of `pictures.PICTURES`, or an image
            (h, w, 3), integers or floats in [0, 1], whose centre is cut to the size's proportions;
            None: the seed takes a part of a built-in picture, or invents one.
        concealed_picture: The composition beneath, likewise; painted independently.
        size: Height and width of the painting, px, multiples of 4, at least 32 each.
        seed: The same seed gives the same painting, to the last bit.
        mixture: Whether the radiograph is the sum of its layers', or what one beam through both
            would leave on a film.
        dwell: Time that the scan stays on a pixel, s.

    Returns:
        The painting with its layers.

    Raises:
        InputError: If a picture or the size is unusable.
    """
    _check(size)
    # Independent streams: the concealed layer never changes what the surface looks like.
    on_surface, beneath, material, counting = np.random.default_rng(seed).spawn(4)
    manner, earlier_manner = choose_manner(on_surface), choose_manner(beneath)
    drawn = draw_names(np.random.default_rng([seed, 1]), surface_picture, concealed_picture)
    rgb = _composition(on_surface, surface_picture, drawn[0], size)
    hidden_rgb = _composition(beneath, concealed_picture, drawn[1], size)
    visible = paint_layer(on_surface, rgb, manner)
    hidden = paint_layer(beneath, hidden_rgb, earlier_manner)
    wear = age(on_surface, size, manner.damage, manner.cracks)
    spectrum = tube_spectrum(KILOVOLTS)
    # A picture without lights, painted once, would leave next to nothing on a film.
    faint = max(float(absorbance(visible.matter, spectrum).std()), 1e-12)
    coats = float(np.clip(_LEAST_CONTRAST / faint, 1.0, _MOST_COATS))
    paint = coats * visible.matter * wear.sound[..., None] + _putty(wear)

    surface = absorbance(paint, spectrum)
    contrast = float(surface.std())
    relief, support = _support(material, size)
    paintwork = (surface - surface.mean()) / max(contrast, 1e-12)
    texture = manner.ground * smooth_field(material, size, 0.7 * max(size))
    texture += manner.weave * np.clip(1.0 + manner.coupling * paintwork, 0.0, 2.0) * relief
    texture *= contrast
    depth = float(material.uniform(0.5, 1.1))
    wanted = depth * float((surface + texture).std())
    thicker = wanted / max(float(absorbance(hidden.matter, spectrum).std()), 1e-12)
    beneath_paint = thicker * hidden.matter * (1.0 - wear.cracks[..., None])
    concealed = scattered(absorbance(beneath_paint, spectrum))
    # The ground's own absorbance carries the texture above zero, thin paint included.
    ground = texture - min(float((surface + texture).min()), 0.0)
    noise = material.spawn(1)[0]
    alone = recorded(noise, surface + ground, beneath=concealed)
    grey_surface, grey_concealed, grey = expose(alone, concealed)
    if mixture == "exact":
        united = union(paint, beneath_paint, spectrum) + ground
        grey = expose_exactly(recorded(noise, united), alone, concealed)
    counts = fluorescence.expected_counts(paint, beneath_paint, dwell=dwell)
    maps, known_maps = fluorescence.scan(counting, counts, PIXELS_PER_CM)
    return SimulatedPainting(
        photograph(on_surface, rgb, visible.relief + 0.1 * relief, wear),
        grey_surface,
        grey_concealed,
        grey,
        maps,
        known_maps,
        metadata={
            "seed": seed,
            "size": list(size),
            "surface_picture": drawn[0],
            "concealed_picture": drawn[1],
            "mixture": mixture,
            "surface_palette": _palette(visible),
            "concealed_palette": _palette(hidden),
            "surface_manner": asdict(manner),
            "concealed_manner": asdict(earlier_manner),
            "surface_coats": round(coats, 4),
            "concealed_contrast": round(depth, 4),
            "concealed_coats": round(thicker, 4),
            "support": support,
            "pixels_per_cm": PIXELS_PER_CM,
            "radiograph": {
                "kilovolts": KILOVOLTS,
                "filtration_g_cm2": dict(FILTRATION),
                "film_g_cm2": dict(FILM),
                "detector": asdict(DETECTOR),
            },
            "element_maps": {
                "names": list(maps.names),
                "scale": fluorescence.SCALE,
                "dwell_s": dwell,
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


def _check(size: tuple[int, int]) -> None:
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


def _composition(
    rng: np.random.Generator,
    given: str | ArrayLike | None,
    drawn: str,
    size: tuple[int, int],
) -> NDArray[np.float64]:
    if given is None:
        return fit_to(part_of(rng, picture(drawn, rng, size)), size)
    return fit_to(picture(given, rng, size) if isinstance(given, str) else as_rgb(given), size)


def _palette(layer: PaintedLayer) -> dict[str, float]:
    return {pigment.name: pigment.strength for pigment in layer.palette}


def _putty(wear: Damage) -> NDArray[np.float64]:
    """Chalk and glue that fill losses: (h, w, `chemistry.MATTER`) mg/cm2."""
    kinds = np.zeros(len(MATTER))
    kinds[MATTER.index("Ca")] = kinds[MATTER.index("rest")] = _PUTTY
    return wear.fill[..., None] * kinds


def _support(
    rng: np.random.Generator, size: tuple[int, int]
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The relief of canvas or panel, with the wood behind it, and what it is."""
    bar = float(rng.uniform(0.08, 0.14)) * max(size)
    strengthened = bool(rng.random() < 0.35)
    if rng.random() < 0.75:
        counts, irregularity = rng.uniform(10.0, 14.0, 2), float(rng.uniform(0.5, 1.5))
        relief = canvas(rng, size, tuple(PIXELS_PER_CM / counts), irregularity)
        if strengthened:
            relief = relief + _WOOD * stretcher(rng, size, bar)
        return relief, {
            "kind": "canvas",
            "threads_per_cm": [round(float(count), 2) for count in counts],
            "irregularity": round(irregularity, 2),
            "stretcher": strengthened,
        }
    ring = float(rng.uniform(0.1, 0.2))
    relief = wood(rng, size, ring * PIXELS_PER_CM)
    if strengthened:
        relief = relief + _WOOD * cradle(rng, size, (2, 3), bar)
    return relief, {"kind": "panel", "ring_cm": round(ring, 3), "cradle": strengthened}
