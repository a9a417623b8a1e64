"""Between the maps' own units and the grey scale of the network, map by map."""

from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator


class MapScaling(BaseModel):
    """scaled = (maps - offset) / gain for each element; stored with the model, never refitted.

    Being affine, it commutes with the downsampling and with the projection.

    Attributes:
        offset: One value for each map, in its units.
        gain: One positive value for each map, in its units.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    offset: tuple[float, ...]
    gain: tuple[float, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.offset) != len(self.gain) or not all(gain > 0 for gain in self.gain):
            raise ValueError(
                f"expected one offset and one positive gain for each map. "
                f"Received: offset {self.offset}, gain {self.gain}"
            )
        return self

    @classmethod
    def of(cls, coarse: np.ndarray, headroom: float = 0.2) -> Self:
        """Bring coarse maps into [0, 1], with room on both sides.

        Args:
            coarse: Measured maps (h, w, B), finite, in their own units.
            headroom: Room below and above, as a part of each map's range. A constant map gets
                the gain 1.

        Returns:
            The scaling that maps [low - headroom range, high + headroom range] to [0, 1].
        """
        low = coarse.min(axis=(0, 1)).astype(np.float64)
        span = coarse.max(axis=(0, 1)).astype(np.float64) - low
        gain = np.where(span > 0, (1 + 2 * headroom) * span, 1.0)
        offset = low - headroom * span
        return cls(offset=tuple(offset.tolist()), gain=tuple(gain.tolist()))

    def scale(self, maps: Any) -> Any:
        """Maps (..., B) in their own units to the network's grey scale; float32."""
        return (maps - np.asarray(self.offset, np.float32)) / np.asarray(self.gain, np.float32)

    def unscale(self, scaled: Any) -> Any:
        """The network's grey scale (..., B) back to the maps' own units; float32."""
        return scaled * np.asarray(self.gain, np.float32) + np.asarray(self.offset, np.float32)
