"""What two computed layers' correlation says of them: little, but nothing else is known.

Layers that nothing told apart are both the radiograph. On simulated mixtures, whose layers are
known, the computed ones are worse on average, and more often wrong, the more correlated they are;
`python benchmarks/layer_correlation.py` counts how often, into `layer_correlation.json`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

ALIKE = 0.3
"""Correlation of two layers from which forms are plainly seen in both, of either sign."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Stored):
    """Simulated mixtures whose computed layers are about as correlated.

    Attributes:
        above: From which correlation on.
        below: Up to which correlation.
        mixtures: How many.
        worse: How many have a layer farther from the truth than the radiograph, strength and
            mean aside (SDRi below 0).
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
        start: The settings of the first guess by which they were separated.
        weights: SHA-256 of the learned prior's weights of that time.
        ranges: From the least to the most correlated.
    """

    start: dict[str, Any]
    weights: str
    ranges: tuple[Range, ...]

    def of(self, correlation: float) -> Range | None:
        """The range in which a correlation lies, or None where none was seen."""
        return next((r for r in reversed(self.ranges) if r.above <= correlation), None)


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
            layers are wrong is known of the default's alone; the training is taken to change
            them little, as that of the preset `fast` does.
    """
    said = f"The two layers' grey values have a correlation of {value:.2f}."
    if value >= ALIKE:
        said += (
            " Much stands in both, and to which of them it belongs is not decided. An outline of "
            "the visible painting in the concealed layer is leakage, until something else "
            "confirms it."
        )
    elif value <= -ALIKE:
        said += (
            " In part each is the other's negative: such forms cancel in the radiograph, and need "
            "not exist."
        )
    known = experience()
    alike = known.of(value)
    if alike is None or any(start.get(k) != v for k, v in known.start.items()):
        return said
    least = known.ranges[0]
    said += (
        f" In {_share(alike)} of {alike.mixtures} simulated mixtures with a correlation between "
        f"{alike.above:g} and {alike.below:g}{', the lowest seen,' if alike is least else ''} a "
        "layer was farther from the truth than the radiograph itself, brightness and contrast aside"
    )
    if alike is not least:
        said += f"; where the layers were least correlated, in {_share(least)}"
    return f"{said}. In real ones it may be more often, whatever the correlation."


def _share(r: Range) -> str:
    return f"{r.worse / r.mixtures:.0%}"
