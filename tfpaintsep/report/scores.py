"""The scores of a separation as a table with words beside the numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

LAYERS = ("surface", "concealed", "mean")
_METRICS = (
    ("mse", "MSE (16)", "", "Error of the layer, full scale = 1. Lower is better."),
    ("skill", "Skill", "", "1 is perfect, 0 as good as halving, negative worse than halving."),
    ("sdri", "SDRi", "dB", "Everything wrong, as an improvement over the radiograph itself."),
    ("siri", "SIRi", "dB", "Leakage from the other layer, as an improvement likewise."),
    ("sdr", "SDR", "dB", "Signal over everything wrong. Higher is better."),
    ("sir", "SIR", "dB", "Signal over leakage from the other layer. Higher is better."),
    ("sar", "SAR", "dB", "Signal over what belongs to neither layer. Higher is better."),
)


@dataclass(frozen=True)
class Row:
    """One metric: (this result, halving) for each of `LAYERS`."""

    name: str
    meaning: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """All metrics, and what they say in a sentence for each layer."""

    rows: tuple[Row, ...]
    verdicts: tuple[str, ...]

    @classmethod
    def of(cls, scores: Mapping[str, Mapping[str, float | None]]) -> "Table":
        """Lay out the scores; a missing or undefined one is a dash.

        Args:
            scores: By layer, then by metric.
        """
        layers = {name: dict(scores.get(name, {})) for name in LAYERS}
        halved = {name: _halving(layers[name]) for name in ("surface", "concealed")}
        halved["mean"] = _mean(halved["surface"], halved["concealed"])
        rows = tuple(
            Row(
                f"{label}, {unit}" if unit else label,
                meaning,
                tuple(
                    (_text(key, layers[name].get(key)), _text(key, halved[name].get(key)))
                    for name in LAYERS
                ),
            )
            for key, label, unit, meaning in _METRICS
        )
        verdicts = (_verdict(name, layers[name]) for name in ("surface", "concealed"))
        return cls(rows, tuple(verdict for verdict in verdicts if verdict))


def _halving(scores: Mapping[str, float | None]) -> dict[str, float | None]:
    """The scores of x/2 for both layers, which follow from those of any other result."""
    mse, skill = scores.get("mse"), scores.get("skill")
    halving: dict[str, float | None] = {"skill": 0.0, "sdri": 0.0, "siri": 0.0, "sar": None}
    defined = mse is not None and skill is not None and math.isfinite(skill) and skill < 1
    halving["mse"] = (
        mse / (1 - skill) if defined and mse is not None and skill is not None else None
    )
    for key in ("sdr", "sir"):
        reached, gained = scores.get(key), scores.get(f"{key}i")
        halving[key] = None if reached is None or gained is None else reached - gained
    return halving


def _mean(a: Mapping[str, float | None], b: Mapping[str, float | None]) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for key in a:
        x, y = a[key], b[key]
        means[key] = None if x is None or y is None else (x + y) / 2
    return means


def _text(key: str, value: float | None) -> str:
    return decimal(value, {"mse": 5, "skill": 2}.get(key, 1))


def decimal(value: float | None, digits: int) -> str:
    """A score with this many decimals; a dash for one that is missing or undefined."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    rounded = round(value, digits) + 0.0  # never "−0.0"
    return f"{rounded:.{digits}f}".replace("-", "−")


def _verdict(layer: str, scores: Mapping[str, float | None]) -> str:
    skill, leakage = scores.get("skill"), scores.get("siri")
    if skill is None:
        return ""
    closer = "closer to" if skill > 0 else "farther from" if skill < 0 else "no closer to"
    text = f"The {layer} layer is {closer} the known one than half of the radiograph would be"
    if leakage is not None and math.isfinite(leakage):
        less = "less" if leakage > 0 else "more"
        text += (
            f", with {abs(leakage):.1f} dB {less} of the other layer in it than in the radiograph, "
            "taken as a whole: fine traces count for little"
        )
    return f"{text}."
