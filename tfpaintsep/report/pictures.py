"""The pictures of a separation, each with the scale it is shown on said in words."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from cmcrameri import cm
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.floating]

STAMPS = {
    "input": "input",
    "computed": "computed hypothesis",
    "truth": "known layer",
    "error": "computed hypothesis − known layer",
}
_PERCENTILES = (0.5, 99.5)
_ENOUGH_SAMPLES = 4_000_000  # for a percentile; larger pictures are sampled on a grid
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

    def __post_init__(self) -> None:
        size = self.size
        if self.photograph.shape != (*size, 3):
            raise ValueError(f"photograph must be {(*size, 3)}. Received: {self.photograph.shape}")
        for name in ("surface", "concealed", "residual", "true_surface", "true_concealed"):
            values = getattr(self, name)
            if values is not None and values.shape != size:
                raise ValueError(f"{name} must be {size}. Received: {values.shape}")

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
        """RMS of the residual over the range of the mixed radiograph; 0 is perfect."""
        span = float(np.max(self.mixture_input)) - float(np.min(self.mixture_input))
        rms = float(np.sqrt(np.mean(np.square(self.residual, dtype=np.float64))))
        return rms / span if span > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture as it is shown.

    Attributes:
        key: A short name, fit for an anchor.
        title: In the field's terms.
        kind: A key of `STAMPS`.
        values: (h, w, 3) in [0, 1] for a photograph, else (h, w) in the radiograph's units.
        low: Value shown as black, or at the lower end of a diverging scale; 0 for a photograph.
        high: Value shown as white, or at the upper end.
        diverging: Whether the colours are `vik`, centred at zero.
        caption: What is seen, and on which scale.
        alt: The same for a reader who does not see it.
    """

    key: str
    title: str
    kind: str
    values: Array
    low: float
    high: float
    diverging: bool
    caption: str
    alt: str

    @property
    def stamp(self) -> str:
        """What the picture is: measured, computed or known."""
        return STAMPS[self.kind]

    @property
    def has_scale(self) -> bool:
        """Whether the values mean something in the radiograph's units."""
        return self.values.ndim == 2

    def pixels(self, long_side: int) -> NDArray[np.uint8]:
        """The picture in colours, at most `long_side` pixels long, (h, w, 3) uint8."""
        values = shrink(self.values, long_side)
        if not self.has_scale:
            return _to_bytes(values)
        scaled = np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0)
        if self.diverging:
            return _to_bytes(cm.vik(scaled)[..., :3])
        return np.repeat(_to_bytes(scaled)[..., None], 3, axis=2)


def panels(pictures: Pictures) -> list[Panel]:
    """The pictures in reading order: photograph, radiograph = surface + concealed + residual.

    Each computed layer has a grey scale of its own, stretched so that faint features are seen,
    and says by how much; a known layer shares the scale of its computed counterpart.

    Returns:
        Five panels; for each known layer two more: the layer, and the error of the computed one.
    """
    p = pictures
    low, high = _range(p.mixture_input)
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
    error_reach = _reach(*errors.values()) if errors else 1.0
    known = []
    for name, layer, true in names:
        ends = _range(layer) if true is None else _range(layer, true)
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
    reach = _reach(p.residual)
    shown.append(
        Panel(
            *("residual", "Residual", "computed", p.residual, -reach, reach, True),
            "Radiograph less both layers, on a colour scale of its own: "
            f"±{number(reach)} is {100 * reach / p.gain:.2g} % of full scale.",
            "Map of what the two layers leave unexplained of the radiograph",
        )
    )
    return shown + known


def common_scale_panels(pictures: Pictures) -> list[Panel]:
    """Radiograph and computed layers on one grey scale, so that their strengths compare."""
    p = pictures
    low, high = _range(p.mixture_input, p.surface, p.concealed)
    return [
        Panel(
            *(f"common-{key}", title, kind, values, low, high, False),
            "",
            f"{title} on the grey scale common to radiograph and layers",
        )
        for key, title, kind, values in (
            ("radiograph", "Mixed X-radiograph", "input", p.mixture_input),
            ("surface", "Surface layer", "computed", p.surface),
            ("concealed", "Concealed layer", "computed", p.concealed),
        )
    ]


def number(value: float) -> str:
    """A grey value as a person writes it: no more than four significant digits or the integer."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "−")


def shrink(values: Array, long_side: int) -> Array:
    """Scale an image down, averaging, so that no side is longer than `long_side`.

    Args:
        values: (h, w) of any range, or (h, w, 3) in [0, 1].
        long_side: Largest side of the result, pixels; a smaller image is returned as it is.

    Returns:
        float32, two or three axes as given.
    """
    values = np.asarray(values, dtype=np.float32)
    height, width = values.shape[:2]
    if max(height, width) <= long_side:
        return values
    ratio = long_side / max(height, width)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    planes = [
        np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX))
        for plane in (np.moveaxis(values, -1, 0) if values.ndim == 3 else [values])
    ]
    return np.stack(planes, axis=-1) if values.ndim == 3 else planes[0]


def _range(*images: Array) -> tuple[float, float]:
    """Percentiles that hold nearly all of every image; never empty, also for a constant one."""
    ends = np.array([np.percentile(_sampled(image), _PERCENTILES) for image in images])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _reach(*images: Array) -> float:
    """Half-width of a diverging scale centred at zero."""
    reach = max(_percentile_of_size(images))
    return reach if reach > 0 else 1.0


def _percentile_of_size(images: Iterable[Array]) -> list[float]:
    return [float(np.percentile(np.abs(_sampled(image)), _PERCENTILES[1])) for image in images]


def _sampled(image: Array) -> Array:
    step = int(np.ceil(np.sqrt(max(1.0, image.size / _ENOUGH_SAMPLES))))
    return image[::step, ::step]


def _to_bytes(values: Array) -> NDArray[np.uint8]:
    return np.round(255 * np.clip(values, 0.0, 1.0)).astype(np.uint8)
