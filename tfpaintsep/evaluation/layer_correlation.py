"""What two computed layers' correlation says of them: little, but nothing else is known.

Layers that were told apart are hardly correlated; those that nothing told apart are both the
radiograph. So simulated mixtures, whose layers are known, came out the worse the more correlated
their computed layers were. `python benchmarks/layer_correlation.py` counts how often, into
`layer_correlation.json`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

ALIKE = 0.3
"""Correlation of two layers from which forms are plainly seen in both."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Stored):
    """Simulated mixtures whose computed layers are about as correlated.

    Attributes:
        above: From which correlation on.
        below: Up to which correlation.
        mixtures: How many.
        worse: How many have a layer farther from the truth than the radiograph (SDRi below 0).
        skill: Mean of both layers and all mixtures.
        sdri: Tenth, half and nine tenths of the mixtures are below these, in dB, mean of both
            layers.
        siri: Likewise.
    """

    above: float
    below: float
    mixtures: int
    worse: int
    skill: float
    sdri: tuple[float, float, float]
    siri: tuple[float, float, float]


class Experience(_Stored):
    """What came of simulated mixtures.

    Attributes:
        start: The settings of the first guess with which they were separated.
        ranges: From the least to the most correlated.
    """

    start: dict[str, Any]
    ranges: tuple[Range, ...]

    def of(self, correlation: float) -> Range | None:
        """The range in which a correlation lies, or None where none was seen."""
        return next((r for r in self.ranges if r.above <= correlation <= r.below), None)


@cache
def experience() -> Experience:
    """The one that ships."""
    stored = files(__package__) / "layer_correlation.json"
    return Experience.model_validate_json(stored.read_text())


def correlation(surface: np.ndarray, concealed: np.ndarray) -> float:
    """Pearson's correlation of two layers; 0 where one is constant.

    Args:
        surface: (h, w).
        concealed: (h, w).
    """
    centred = [layer - layer.mean(dtype=np.float64) for layer in (surface, concealed)]
    power = np.sqrt(np.prod([np.mean(np.square(layer)) for layer in centred]))
    return float(np.mean(centred[0] * centred[1]) / power) if power > 0 else 0.0


def correlation_note(value: float, start: Mapping[str, Any]) -> str:
    """What two layers' correlation says of them, in sentences.

    Args:
        value: The correlation.
        start: Settings of the first guess, as a run's configuration has them. How often such
            layers are wrong is known of the default's alone.
    """
    said = f"The two layers' grey values have a correlation of {value:.2f}."
    if abs(value) >= ALIKE:
        said += (
            " The same forms stand in both, so it is not decided to which layer they belong. "
            "An outline of the visible painting in the concealed layer is then leakage, and no "
            "find."
        )
    known = experience()
    alike = known.of(value)
    if alike is None or any(start.get(k) != v for k, v in known.start.items()):
        return said
    said += f" Of {alike.mixtures} simulated mixtures whose layers came out about as correlated, "
    said += f"{alike.worse} had one that is farther from the truth than the radiograph itself"
    least = known.ranges[0]
    if alike is least:
        return f"{said}. Real ones can be worse: layers that differ may differ wrongly."
    return f"{said}; of the {least.mixtures} least correlated {least.worse}."
