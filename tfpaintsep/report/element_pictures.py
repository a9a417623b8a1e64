"""The pictures of super-resolved element maps, each with the scale it is shown on in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tfpaintsep.report.panel import Array, Panel, number, reach, value_range
from tfpaintsep.runs.disagreement_words import CAPTIONS, SEEDS_OF_MAPS, WARNING


@dataclass(frozen=True, eq=False, kw_only=True)
class ElementPictures:
    """All pictures of one super-resolution.

    Attributes:
        photograph: (H, W, 3) in [0, 1], the painted surface.
        coarse: (h, w, B) the measured maps, in their own units.
        maps: (H, W, B) the computed maps, in the measured maps' units.
        names: B different names of elements' lines.
        scale: Computed pixels along a measured one: H = scale h, W = scale w.
        truth: (H, W, B) the known maps, None as a rule.
        unit: Unit of the maps ("counts"), None when unknown.
        pixel_size_mm: Width of a computed pixel on the painting, None when unknown.
        operator: What a measured pixel is taken for: its block's "mean", or the block's upper
            left pixel ("decimate").
        disagreement: (H, W, B) standard deviation of the maps over trainings that differ in
            their seed, in the maps' units; None as a rule.
        noise_taken_out: For maps that counting noise was taken out of first: by name, the root
            mean square of what was taken out over that of the noise, None for a map in which no
            noise was found. None where measured maps were kept as they are.
    """

    photograph: Array
    coarse: Array
    maps: Array
    names: tuple[str, ...]
    scale: int
    truth: Array | None = None
    unit: str | None = None
    pixel_size_mm: float | None = None
    operator: Literal["mean", "decimate"] = "mean"
    disagreement: Array | None = None
    noise_taken_out: Mapping[str, float | None] | None = None

    def __post_init__(self) -> None:
        height, width, bands = self.coarse.shape
        size = (height * self.scale, width * self.scale)
        expected = {"photograph": (*size, 3)} | dict.fromkeys(
            ("maps", "truth", "disagreement"), (*size, bands)
        )
        for name, shape in expected.items():
            values = getattr(self, name)
            if values is not None and values.shape != shape:
                raise ValueError(f"{name} must be {shape}. Received: {values.shape}")
        if len(self.names) != bands or len(set(self.names)) != bands:
            raise ValueError(f"names must be {bands} different names. Received: {self.names}")

    @property
    def denoised(self) -> dict[str, float]:
        """By name, of each map that noise was taken out of, how much in units of the noise."""
        found = self.noise_taken_out or {}
        return {name: share for name, share in found.items() if share is not None}

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the computed maps in pixels."""
        return self.maps.shape[0], self.maps.shape[1]


def photograph_panel(pictures: ElementPictures) -> Panel:
    """The photograph that guided the detail."""
    return Panel(
        *("photograph", "Photograph", "input", pictures.photograph, 0.0, 1.0, False),
        "The painted surface, as given: the guide to detail finer than a measured pixel.",
        "Photograph of the painting's surface",
    )


def element_panels(pictures: ElementPictures, index: int) -> list[Panel]:
    """The pictures of one element, in reading order.

    Args:
        pictures: All pictures.
        index: Which element, from 0.

    Returns:
        "measured-1", "computed-1", "known-1", "detail-1" (the computed map less bilinear
        interpolation of the measured one) and "error-1" of the element 1; those with a known
        map only where there is one, and last "spread-1", the disagreement of trainings, where
        it is known. Measured, computed and known map share one colour scale.
    """
    p, name = pictures, pictures.names[index]
    coarse, computed = p.coarse[..., index], p.maps[..., index]
    known = None if p.truth is None else p.truth[..., index]
    measured = coarse.repeat(p.scale, axis=0).repeat(p.scale, axis=1)
    detail = computed - bilinear(coarse, p.scale, p.operator)
    ends = value_range(*(values for values in (coarse, computed, known) if values is not None))
    unit = f", in {p.unit}" if p.unit else ""
    together = "Measured and computed" if known is None else "Measured, computed and known"
    found = [
        Panel(
            *(f"measured-{index}", f"{name}, measured", "input", measured, *ends, False),
            f"{coarse.shape[1]} × {coarse.shape[0]} px, each drawn as {p.scale} × {p.scale}{unit}.",
            f"The measured map of {name}, its pixels drawn as squares",
            "map",
        ),
        Panel(
            *(f"computed-{index}", f"{name}, computed", "computed", computed, *ends, False),
            f"{computed.shape[1]} × {computed.shape[0]} px. {together} map share one colour scale.",
            f"The computed map of {name} at the photograph's resolution, a hypothesis",
            "map",
        ),
    ]
    if known is not None:
        found.append(
            Panel(
                *(f"known-{index}", f"{name}, known", "truth", known, *ends, False),
                "The map as it is known to be, on the same colour scale.",
                f"The known map of {name} at the photograph's resolution",
                "map",
            )
        )
    most = reach(detail) if known is None else reach(detail, computed - known)
    span = 100 * most / (ends[1] - ends[0])
    noise = " It shows the noise that was taken out as well." if name in p.denoised else ""
    found.append(
        Panel(
            *(f"detail-{index}", f"{name}, added detail", "computed", detail, -most, most, True),
            "Computed map less plain bilinear interpolation of the measured one; "
            f"±{number(most)} is {span:.2g} % of the maps' colour scale.{noise}",
            f"What the computed map of {name} adds to an interpolation of the measured one",
            "map",
        )
    )
    if known is not None:
        found.append(
            Panel(
                *(f"error-{index}", f"{name}, error", "error", computed - known),
                *(-most, most, True),
                "Red: computed too strong; blue: too weak. Scale of the added detail.",
                f"Map of the computed less the known map of {name}",
                "map",
            )
        )
    if p.disagreement is not None:
        spread = p.disagreement[..., index]
        found.append(
            Panel(
                *(f"spread-{index}", f"{name}, disagreement of trainings", "disagreement", spread),
                *(0.0, reach(spread), False),
                f"{CAPTIONS[SEEDS_OF_MAPS]}. {WARNING}",
                f"Map of how far repeated trainings disagree about {name}",
                "map",
            )
        )
    return [replace(panel, group=name) for panel in found]


def bilinear(coarse: Array, scale: int, operator: Literal["mean", "decimate"] = "mean") -> Array:
    """Enlarge a map by linear interpolation along both axes, constant beyond the last samples.

    Args:
        coarse: (h, w).
        scale: Fine pixels along a coarse one.
        operator: Where a sample stands: in the middle of its block ("mean") or on its upper
            left pixel ("decimate").

    Returns:
        (scale h, scale w) float32.
    """
    shift = 0.5 if operator == "mean" else 0.0
    values = np.asarray(coarse, dtype=np.float32)
    for axis, side in enumerate(coarse.shape):
        position = (np.arange(side * scale, dtype=np.float32) + shift) / scale - shift
        position = np.clip(position, 0, side - 1)
        low = np.floor(position).astype(int)
        share = np.expand_dims(position - low, 1 - axis)
        after = values.take(np.minimum(low + 1, side - 1), axis)
        values = (1 - share) * values.take(low, axis) + share * after
    return values
