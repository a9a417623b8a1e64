"""The scores of super-resolved maps as a table, beside the answer that costs nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tfpaintsep.report.scores import decimal

StackRows = Mapping[str, Any]
"""As `StackScores.as_rows` gives them: "elements" by name and "pooled", each by metric."""

METRICS = (("psnr", "PSNR, dB", 1), ("rmse", "RMSE", 4), ("ssim", "SSIM", 3))
_WHOLE = (
    ("sam", "Spectral angle (SAM)", 2, "°"),
    ("ergas", "Relative error (ERGAS)", 2, ""),
)


_FREE = "bicubic interpolation corrected to agree with the measurement"


@dataclass(frozen=True)
class ElementTable:
    """What is shown of the scores.

    Attributes:
        columns: Titles of the metrics.
        rows: Per element its name and, per metric, (this result, the baseline).
        pooled: The same for all maps together.
        whole: (title, this result, the baseline) of scores that only the stack has.
        verdicts: What the scores say, in sentences.
        has_baseline: Whether there is anything to compare with.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    pooled: tuple[tuple[str, str], ...]
    whole: tuple[tuple[str, str, str], ...]
    verdicts: tuple[str, ...]
    has_baseline: bool

    @classmethod
    def of(cls, scores: StackRows, baseline: StackRows | None = None) -> "ElementTable":
        """Lay out the scores; a missing or undefined one is a dash.

        Args:
            scores: Of this result.
            baseline: Of bicubic interpolation and projection.
        """
        beside = baseline or {"elements": {}, "pooled": {}}
        elements, others = scores["elements"], beside["elements"]
        whole = tuple(
            (
                title,
                decimal(scores["pooled"].get(key), digits) + unit,
                decimal(beside["pooled"].get(key), digits) + unit,
            )
            for key, title, digits, unit in _WHOLE
            if scores["pooled"].get(key) is not None
        )
        return cls(
            tuple(title for _, title, _ in METRICS),
            tuple((name, _cells(found, others.get(name, {}))) for name, found in elements.items()),
            _cells(scores["pooled"], beside["pooled"]),
            whole,
            _verdicts(elements, others) if baseline else (),
            baseline is not None,
        )


def _cells(
    scores: Mapping[str, float | None], beside: Mapping[str, float | None]
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (decimal(scores.get(key), digits), decimal(beside.get(key), digits))
        for key, _, digits in METRICS
    )


def _verdicts(elements: Mapping[str, Any], others: Mapping[str, Any]) -> tuple[str, ...]:
    """Which maps gained and which lost."""
    gains = {}
    for name, found in elements.items():
        reached, free = found.get("rmse"), others.get(name, {}).get("rmse")
        if reached is not None and free is not None:
            # Half a per cent of error is nothing to speak of.
            gains[name] = 0 if math.isclose(reached, free, rel_tol=5e-3) else free - reached
    kinds = (
        (
            f"Closer to the known map than {_FREE}",
            [n for n, gain in gains.items() if gain > 0],
        ),
        (
            f"Farther from the known map than {_FREE}, so harmed",
            [n for n, gain in gains.items() if gain < 0],
        ),
        (
            f"As close to the known map as {_FREE}",
            [n for n, gain in gains.items() if gain == 0],
        ),
    )
    return tuple(f"{words}: {', '.join(names)}." for words, names in kinds if names)
