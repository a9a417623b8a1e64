"""The pictures of a separation, each with the scale it is shown on said in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tfpaintsep.report.panel import Array, Panel, number, reach, value_range
from tfpaintsep.runs.disagreement_words import CAPTIONS, WARNING

_POLARITY = {
    "as-stored": "Shown as stored; the polarity was not stated.",
    "negative": "Shown as a film negative: absorbing paint, such as lead white, is bright.",
    "positive": "Shown as a positive: absorbing paint, such as lead white, is dark.",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Pictures:
    """All pictures of one separation, on one pixel grid.

    Attributes:
        photograph: (h, w, 3) in [0, 1], the painted surface.
        mixture_input: (h, w) the mixed radiograph as it was given, in its own units.
        surface: (h, w) the computed surface layer, in the radiograph's units.
        concealed: (h, w) the computed concealed layer, in the radiograph's units.
        residual: (h, w) mixed radiograph less the computed mixture, in its units.
        true_surface: (h, w) the known surface layer, None as a rule.
        true_concealed: (h, w) the known concealed layer, None as a rule.
        gain: The radiograph's full scale g, in its own units.
        pixel_size_mm: Width of a pixel on the painting, None when unknown.
        polarity: "as-stored", "negative" or "positive".
        disagreement: (h, w) standard deviation of repeated estimates of a layer in the
            radiograph's units, by a name of `CAPTIONS`; as a rule none.
    """

    photograph: Array
    mixture_input: Array
    surface: Array
    concealed: Array
    residual: Array
    gain: float
    true_surface: Array | None = None
    true_concealed: Array | None = None
    pixel_size_mm: float | None = None
    polarity: str = "as-stored"
    disagreement: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = self.size
        if self.photograph.shape != (*size, 3):
            raise ValueError(f"photograph must be {(*size, 3)}. Received: {self.photograph.shape}")
        for name in ("surface", "concealed", "residual", "true_surface", "true_concealed"):
            values = getattr(self, name)
            if values is not None and values.shape != size:
                raise ValueError(f"{name} must be {size}. Received: {values.shape}")
        for name, values in self.disagreement.items():
            if values.shape != size:
                raise ValueError(f"disagreement {name} must be {size}. Received: {values.shape}")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.mixture_input.shape
        return height, width

    @property
    def has_truth(self) -> bool:
        """Whether both layers are known."""
        return self.true_surface is not None and self.true_concealed is not None

    @property
    def residual_share(self) -> float:
        """RMS of the residual as a part of the radiograph's full scale; 0 is perfect."""
        return float(np.sqrt(np.mean(np.square(self.residual, dtype=np.float64)))) / self.gain


def panels(pictures: Pictures) -> list[Panel]:
    """The pictures in reading order: photograph, radiograph = surface + concealed + residual.

    Each computed layer has a grey scale of its own, stretched so that faint features are seen,
    and says by how much; a known layer shares the scale of its computed counterpart.

    Returns:
        Five panels; for each known layer two more: the layer, and the error of the computed one.
    """
    p = pictures
    low, high = value_range(p.mixture_input)
    shown = [
        Panel(
            *("photograph", "Photograph", "input", p.photograph, 0.0, 1.0, False),
            "The painted surface, as given.",
            "Photograph of the painting's surface",
        ),
        Panel(
            *("radiograph", "Mixed X-radiograph", "input", p.mixture_input, low, high, False),
            _POLARITY.get(p.polarity, f"Polarity: {p.polarity}."),
            "The mixed X-radiograph, in which both layers are superimposed",
        ),
    ]
    names = (("surface", p.surface, p.true_surface), ("concealed", p.concealed, p.true_concealed))
    errors = {name: layer - true for name, layer, true in names if true is not None}
    error_reach = reach(*errors.values()) if errors else 1.0
    known = []
    for name, layer, true in names:
        ends = value_range(layer) if true is None else value_range(layer, true)
        stretch = (high - low) / (ends[1] - ends[0])
        together = "" if true is None else ", the same for the known layer"
        shown.append(
            Panel(
                *(name, f"{name.capitalize()} layer", "computed", layer, *ends, False),
                f"Own grey scale{together}: shown with {stretch:.1f} times the contrast of the "
                "mixed radiograph.",
                f"The computed {name} layer of the radiograph, a hypothesis",
            )
        )
        if true is not None:
            known += [
                Panel(
                    *(f"true-{name}", f"Known {name} layer", "truth", true, *ends, False),
                    "On the grey scale of the computed layer.",
                    f"The {name} layer as it is known to be",
                ),
                Panel(
                    *(f"error-{name}", f"Error, {name} layer", "error", errors[name]),
                    *(-error_reach, error_reach, True),
                    "Red: computed too bright; blue: too dark. One scale for both layers.",
                    f"Map of the computed less the known {name} layer",
                ),
            ]
    most = reach(p.residual)
    shown.append(
        Panel(
            *("residual", "Residual", "computed", p.residual, -most, most, True),
            "Radiograph less both layers, on a colour scale of its own: "
            f"±{number(most)} is {100 * most / p.gain:.2g} % of full scale.",
            "Map of what the two layers leave unexplained of the radiograph",
        )
    )
    return shown + known


def common_scale_panels(pictures: Pictures) -> list[Panel]:
    """Radiograph and computed layers on one grey scale, so that their strengths compare."""
    p = pictures
    low, high = value_range(p.mixture_input, p.surface, p.concealed)
    return [
        Panel(
            *(f"common-{key}", title, kind, values, low, high, False),
            "",
            f"{title} on the grey scale common to radiograph and layers",
            offered=False,
        )
        for key, title, kind, values in (
            ("radiograph", "Mixed X-radiograph", "input", p.mixture_input),
            ("surface", "Surface layer", "computed", p.surface),
            ("concealed", "Concealed layer", "computed", p.concealed),
        )
    ]


def disagreement_panels(pictures: Pictures) -> list[Panel]:
    """How far repeated estimates of a layer differ, those of both layers on one scale."""
    found = []
    for kind, title in (("patches", "overlapping patches"), ("seeds", "trainings")):
        maps = {
            layer: pictures.disagreement[f"{layer}_{kind}"]
            for layer in ("surface", "concealed")
            if f"{layer}_{kind}" in pictures.disagreement
        }
        most = reach(*maps.values()) if maps else 1.0
        for layer, values in maps.items():
            found.append(
                Panel(
                    f"disagreement-{layer}-{kind}",
                    f"{layer.capitalize()} layer, {title}",
                    *("disagreement", values, 0.0, most, False),
                    f"{CAPTIONS[f'{layer}_{kind}']}. {WARNING}",
                    f"Map of how far estimates of the {layer} layer from {title} differ",
                    "map",
                )
            )
    return found
