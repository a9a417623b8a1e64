"""A painting over a painting, with both layers known."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tfpaintsep.errors import InputError
from tfpaintsep.images import ElementStack
from tfpaintsep.simulation import fluorescence
from tfpaintsep.simulation.attenuation import FILM, FILTRATION, TubeSpectrum, tube_spectrum
from tfpaintsep.simulation.damage import age
from tfpaintsep.simulation.layers import PaintedLayer, paint_layer
from tfpaintsep.simulation.manner import choose_manner
from tfpaintsep.simulation.photography import photograph
from tfpaintsep.simulation.pictures import as_rgb, draw_names, fit_to, part_of, picture
from tfpaintsep.simulation.radiography import (
    DETECTOR,
    Response,
    expose,
    expose_exactly,
    recorded,
    scattered,
    union,
)
from tfpaintsep.simulation.stack import PIXELS_PER_CM, Stack, pile_up

KILOVOLTS = 35.0

_SMALLEST = 32

MixtureKind = Literal["additive", "exact", "film"]


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
        mixture: "additive": the radiograph is the sum of its layers'; "exact": what one beam,
            which hardens, leaves on a digital detector after both; "film": on a film.
        dwell: Time that the scan stays on a pixel, s.

    Returns:
        The painting with its layers.

    Raises:
        InputError: If a picture or the size is unusable.
    """
    _check(size)
    # Independent streams: the concealed layer never changes what the surface looks like.
    on_surface, beneath, material, counting = np.random.default_rng(seed).spawn(4)
    manner, earlier_manner = choose_manner(on_surface), choose_manner(beneath, beneath=True)
    drawn = draw_names(np.random.default_rng([seed, 1]), surface_picture, concealed_picture)
    rgb = _composition(on_surface, surface_picture, drawn[0], size)
    # What is concealed must be something to find.
    hidden_rgb = _composition(beneath, concealed_picture, drawn[1], size, draws=4)
    visible = paint_layer(on_surface, rgb, manner)
    hidden = paint_layer(beneath, hidden_rgb, earlier_manner)
    wear = age(on_surface, size, manner.damage, manner.cracks)
    spectrum = tube_spectrum(KILOVOLTS)
    stack = pile_up(material, visible, hidden, wear, manner, spectrum)
    surface, concealed, both = _radiographs(material.spawn(1)[0], stack, spectrum, mixture)
    counts = fluorescence.expected_counts(stack.surface, stack.concealed, dwell=dwell)
    maps, known_maps = fluorescence.scan(counting, counts, PIXELS_PER_CM)
    return SimulatedPainting(
        photograph(on_surface, rgb, visible.relief + 0.1 * stack.relief, wear),
        surface,
        concealed,
        both,
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
            **stack.facts,
            "pixels_per_cm": PIXELS_PER_CM,
            "radiograph": {
                "kilovolts": KILOVOLTS,
                "filtration_g_cm2": dict(FILTRATION),
                "film_g_cm2": dict(FILM),
                "detector": {**asdict(DETECTOR), "response": _response(mixture)},
                "polarity": "absorbing paint is bright",
            },
            "element_maps": {
                "names": list(maps.names),
                "scale": fluorescence.SCALE,
                "dwell_s": dwell,
                "beam_sigma_px": fluorescence.BEAM,
            },
        },
    )


def _radiographs(
    rng: np.random.Generator, stack: Stack, spectrum: TubeSpectrum, mixture: MixtureKind
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]:
    """Of the surface layer, of the concealed one, and of both."""
    concealed = scattered(stack.beneath)
    surface = recorded(rng, stack.paint + stack.ground, beneath=concealed)
    layers = expose(surface, concealed)
    if mixture == "additive":
        return layers
    united = recorded(rng, union(stack.surface, stack.concealed, spectrum) + stack.ground)
    exact = expose_exactly(
        united, surface, concealed, replace(DETECTOR, response=_response(mixture))
    )
    return layers[0], layers[1], exact


def _response(mixture: MixtureKind) -> Response:
    return "film" if mixture == "film" else "logarithmic"


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
    draws: int = 1,
) -> NDArray[np.float64]:
    if given is None:
        return fit_to(part_of(rng, picture(drawn, rng, size), draws), size)
    return fit_to(picture(given, rng, size) if isinstance(given, str) else as_rgb(given), size)


def _palette(layer: PaintedLayer) -> dict[str, float]:
    return {pigment.name: pigment.strength for pigment in layer.palette}
