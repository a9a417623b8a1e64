"""One picture as it is shown: its values, the scale they are shown on, and words for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from cmcrameri import cm
from matplotlib import colormaps
from matplotlib.colors import Colormap
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.floating]

STAMPS = {
    "input": "input",
    "computed": "computed hypothesis",
    "truth": "known {subject}",
    "error": "computed hypothesis − known {subject}",
    "disagreement": "disagreement of computed hypotheses, not an error bar",
}
_PERCENTILES = (0.5, 99.5)
_ENOUGH_SAMPLES = 4_000_000  # for a percentile; larger pictures are sampled on a grid


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture as it is shown.

    Attributes:
        key: A short name, fit for an anchor.
        title: In the field's terms.
        kind: A key of `STAMPS`.
        values: (h, w, 3) in [0, 1] for a photograph, else (h, w) in units of their own.
        low: Value shown at the lower end of the scale; 0 for a photograph.
        high: Value shown at the upper end.
        diverging: Whether the colours are `vik`, centred at zero.
        caption: What is seen, and on which scale.
        alt: The same for a reader who does not see it.
        subject: What the values are of, "layer" or "map"; a map is shown in the colours of
            `lajolla`, dark to bright and even to the eye, a layer in greys.
        group: What the picture belongs to, such as an element's line; empty on a page that has
            no groups.
        offered: Whether the viewer offers it for the curtain.
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
    subject: Literal["layer", "map"] = "layer"
    group: str = ""
    offered: bool = True

    @property
    def stamp(self) -> str:
        """What the picture is: measured, computed, known, or made from these."""
        return STAMPS[self.kind].format(subject=self.subject)

    @property
    def is_computed(self) -> bool:
        """Whether anything of it was computed rather than measured or known."""
        return self.kind in ("computed", "error", "disagreement")

    @property
    def has_scale(self) -> bool:
        """Whether the values have a unit, and a bar says what is shown how."""
        return self.values.ndim == 2

    @property
    def colours(self) -> Colormap:
        """The colours from `low` to `high`."""
        if self.diverging:
            return cm.vik
        return colormaps["gray"] if self.subject == "layer" else cm.lajolla

    def pixels(self, long_side: int) -> NDArray[np.uint8]:
        """The picture in colours, at most `long_side` pixels long, (h, w, 3) uint8."""
        values = shrink(self.values, long_side)
        if not self.has_scale:
            return _to_bytes(values)
        steps = _to_bytes((values - np.float32(self.low)) / np.float32(self.high - self.low))
        return _to_bytes(self.colours(np.arange(256))[:, :3])[steps]


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


def value_range(*images: Array) -> tuple[float, float]:
    """Percentiles that hold nearly all of every image; never empty, also for a constant one.

    Where nearly all has one value, as in the map of a rare element, it is the whole range.
    """
    ends = np.array([np.percentile(_sampled(image), _PERCENTILES) for image in images])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if high == low:
        low, high = (float(end(list(map(end, images)))) for end in (np.min, np.max))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def reach(*images: Array) -> float:
    """Half-width of a diverging scale centred at zero."""
    largest = max(_percentile_of_size(images)) or max(float(np.abs(one).max()) for one in images)
    return largest if largest > 0 else 1.0


def _percentile_of_size(images: Iterable[Array]) -> list[float]:
    return [float(np.percentile(np.abs(_sampled(image)), _PERCENTILES[1])) for image in images]


def _sampled(image: Array) -> Array:
    step = int(np.ceil(np.sqrt(max(1.0, image.size / _ENOUGH_SAMPLES))))
    return image[::step, ::step]


def _to_bytes(values: Array) -> NDArray[np.uint8]:
    return np.round(255 * np.clip(values, 0.0, 1.0)).astype(np.uint8)
