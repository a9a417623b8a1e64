"""A painting's pictures in memory: arrays that know their units, polarity and pixel size."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

import numpy as np

MM_PER_UNIT = {"inch": 25.4, "centimeter": 10.0}


class Polarity(StrEnum):
    """Whether absorbing paint (lead white, vermilion) is bright or dark in a radiograph.

    It is stated by the user, never guessed: no statistic of the picture tells a negative from
    a positive.

    - `AS_STORED`: nothing is said; the values are used as they are (as with `NEGATIVE`).
    - `NEGATIVE`: film as customarily shown, absorbing paint is bright.
    - `POSITIVE`: absorbing paint is dark; inverted for computing and returned inverted.
    """

    AS_STORED = "as-stored"
    NEGATIVE = "negative"
    POSITIVE = "positive"


@dataclass(frozen=True)
class Resolution:
    """Sampling of an image, as TIFF's resolution tags state it.

    Attributes:
        x: Pixels per unit along a row.
        y: Pixels per unit along a column.
        unit: `"inch"`, `"centimeter"` or `"none"` (only the aspect ratio means something).
    """

    x: float
    y: float
    unit: str

    @classmethod
    def stated(cls, x: float, y: float, unit: str) -> Self | None:
        """What a file states, or None where that says nothing (1 x 1 without a unit: a filler).

        Args:
            x: Pixels per unit along a row; any number, as files have it.
            y: Pixels per unit along a column.
            unit: `"inch"`, `"centimeter"` or `"none"`.
        """
        if not (np.isfinite(x) and np.isfinite(y) and x > 0 and y > 0):
            return None
        return None if unit == "none" and x == y == 1 else cls(float(x), float(y), unit)

    @property
    def pixel_size_mm(self) -> tuple[float, float] | None:
        """Width and height of a pixel in millimetres; None when the unit is `"none"`."""
        if self.unit not in MM_PER_UNIT:
            return None
        return MM_PER_UNIT[self.unit] / self.x, MM_PER_UNIT[self.unit] / self.y


@dataclass(frozen=True, eq=False)
class Radiograph:
    """An X-radiograph, in its own units, with the scale it is computed in.

    The computing scale is one stored gain g without offset, so that layers which add to the
    mixture in units of g also add in the radiograph's own units. In `POSITIVE` polarity it is
    the depth g - values that adds: there surface + concealed = mixture + g.

    Attributes:
        values: (h, w) float32, as stored in the file.
        gain: g > 0 in the file's units: the maximum of an integer type, the maximum of a float
            image at training time. It belongs to a whole painting, never to a tile.
        stored_dtype: Type of the samples in the file, native byte order.
        polarity: As the user states it.
        resolution: From the file's tags, None when it has none.
        source: The file, None for an image made in memory.
        notes: Remarks for the user on what was done while reading.
    """

    values: np.ndarray
    gain: float
    stored_dtype: np.dtype
    polarity: Polarity = Polarity.AS_STORED
    resolution: Resolution | None = None
    source: Path | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.dtype != np.float32:
            raise ValueError(
                f"values must be (h, w) float32. Received: {self.values.shape} {self.values.dtype}"
            )
        if not (np.isfinite(self.gain) and self.gain > 0):
            raise ValueError(f"gain must be positive and finite. Received: {self.gain}")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.values.shape
        return height, width

    def normalised(self) -> np.ndarray:
        """The radiograph for computing: (h, w) float32 in units of g, absorbing paint bright.

        Values lie in [0, 1] for an integer file; `POSITIVE` gives 1 - values / g.
        """
        scaled = self.values / np.float32(self.gain)
        return np.float32(1) - scaled if self.polarity is Polarity.POSITIVE else scaled

    def to_own_units(self, layer: np.ndarray) -> np.ndarray:
        """The inverse of `normalised`, for a layer or a mixture.

        Args:
            layer: Any shape, in units of g with absorbing paint bright.

        Returns:
            The same shape, float32, in the file's own units and polarity. A *difference* of
            images (a residual) is to be taken after this step: the offset of `POSITIVE` is
            then gone by itself.
        """
        layer = np.asarray(layer, dtype=np.float32)
        if self.polarity is Polarity.POSITIVE:
            layer = np.float32(1) - layer
        return layer * np.float32(self.gain)


@dataclass(frozen=True, eq=False)
class Photograph:
    """A colour photograph of the painted surface.

    Attributes:
        values: (h, w, 3) float32 in [0, 1]: integers over their type's maximum, gamma untouched.
        resolution: From the file's tags, None when it has none.
        source: The file, None for an image made in memory.
        notes: Remarks for the user on what was done while reading.
    """

    values: np.ndarray
    resolution: Resolution | None = None
    source: Path | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape, dtype = self.values.shape, self.values.dtype
        if len(shape) != 3 or shape[2] != 3 or dtype != np.float32:
            raise ValueError(f"values must be (h, w, 3) float32. Received: {shape} {dtype}")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.values.shape[0], self.values.shape[1]
