"""Element maps in memory: a stack that knows its names, units and pixel size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from tfpaintsep.images.element_names import repeated_names
from tfpaintsep.images.painting import Resolution


@dataclass(frozen=True, eq=False)
class ElementStack:
    """Maps of elements from one MA-XRF scan, on one pixel grid.

    Attributes:
        values: (h, w, B) float32 in the input's own units. Negative counts, which fits produce,
            are kept.
        names: B different names such as `Pb-L`, `Hg-L`, `Ca-K`.
        unit: Unit of the values (`"counts"`), None when the file does not say.
        resolution: Sampling of the maps, None when the file does not say.
        source: The file or folder, None for maps made in memory.
        notes: Remarks for the user on what was done while reading.
        stored_dtype: Type of the numbers in the file, None for maps made in memory.
    """

    values: np.ndarray
    names: tuple[str, ...]
    unit: str | None = None
    resolution: Resolution | None = None
    source: Path | None = None
    notes: tuple[str, ...] = ()
    stored_dtype: np.dtype | None = None

    def __post_init__(self) -> None:
        shape, dtype = self.values.shape, self.values.dtype
        if len(shape) != 3 or 0 in shape or dtype != np.float32:
            raise ValueError(f"values must be (h, w, B) float32. Received: {shape} {dtype}")
        if len(self.names) != shape[2] or not all(self.names) or repeated_names(self.names):
            raise ValueError(f"names must be {shape[2]} different names. Received: {self.names}")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def bands(self) -> int:
        """Number of maps, B."""
        return self.values.shape[2]

    def ordered(self, names: Sequence[str]) -> Self:
        """The same maps in the order of `names`, which must be these maps' names."""
        if sorted(names) != sorted(self.names):
            raise ValueError(f"names must be those of the stack, {self.names}. Received: {names}")
        places = [self.names.index(name) for name in names]
        return replace(self, values=self.values[..., places], names=tuple(names))


@dataclass(frozen=True, eq=False)
class RawMaps:
    """What a file holds, before it is checked.

    Attributes:
        values: (h, w, B), of any numeric type.
        names: B names as the file spells them, empty where one is missing; None when it has none.
        resolution: None when the file does not say.
        unit: Unit of the values; None when the file does not say.
        from_fit: The images are all that a fit gave, maps of elements among others.
        notes: Remarks on what was done.
    """

    values: np.ndarray
    names: tuple[str, ...] | None = None
    resolution: Resolution | None = None
    unit: str | None = None
    from_fit: bool = False
    notes: tuple[str, ...] = ()
