"""The scores of one result, by layer or by map, as numbers for a table."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.evaluation.stack_metrics import consistency_error, score_stack

from .case import Case, Task

Scores = dict[str, dict[str, float | None]]
"""By layer ("surface", "concealed", "mean") or map (names, "pooled"), then by metric."""

WHOLE = {"sep": "mean", "sr": "pooled"}
"""By task the row that stands for a whole result."""


@dataclass(frozen=True)
class Metric:
    """A column of the tables.

    Attributes:
        key: Its name in scores and files.
        title: Its heading.
        better: 1 where more is better, -1 where less is, 0 where neither is marked.
        digits: Format of a value.
        unit: "dB" or what else it is in, or "".
    """

    key: str
    title: str
    better: int
    digits: str
    unit: str = ""

    def text(self, value: float | None) -> str:
        """A value as it is printed; a dash for none."""
        return printed(value, self.digits)


def printed(value: float | None, digits: str) -> str:
    """A number in this format, without the sign of a zero; a dash for none."""
    if value is None:
        return "-"
    text = format(value, digits)
    return text.removeprefix("-") if float(text) == 0 else text


METRICS: dict[Task, tuple[Metric, ...]] = {
    "sep": (
        Metric("skill", "skill", 1, ".2f"),
        Metric("sdri", "SDRi", 1, ".2f", "dB"),
        Metric("siri", "SIRi", 1, ".2f", "dB"),
        Metric("sdr", "SDR", 1, ".2f", "dB"),
        Metric("sir", "SIR", 1, ".2f", "dB"),
        Metric("sar", "SAR", 0, ".2f", "dB"),  # halving has none: artefacts alone rank nothing
        Metric("ssim", "SSIM", 1, ".3f"),
        Metric("mse", "MSE (16)", -1, ".2e"),
    ),
    "sr": (
        Metric("psnr", "PSNR", 1, ".2f", "dB"),
        Metric("rmse", "RMSE", -1, ".4f"),
        Metric("ssim", "SSIM", 1, ".3f"),
        Metric("sam", "SAM", -1, ".2f", "°"),
        Metric("ergas", "ERGAS", -1, ".2f"),
        Metric("consistency", "consistency", 0, ".1e"),
    ),
}
"""By task the columns in their order."""


def score(case: Case, estimate: Mapping[str, Any]) -> Scores:
    """Score a result.

    Args:
        case: With what is known.
        estimate: Arrays `surface` and `concealed`, or `maps`, in the units of the case.

    Returns:
        Finite numbers; None where a score is undefined or infinite.
    """
    known = case.images
    if case.task == "sep":
        layers = score_layers(
            estimate["surface"],
            estimate["concealed"],
            known["surface"],
            known["concealed"],
            known["xray"],
        )
        rows = {name: asdict(scores) for name, scores in layers.items()}
        rows["mean"] = asdict(mean_scores(layers))
    else:
        maps = estimate["maps"]
        stack = score_stack(known["truth"], maps, case.names, case.scale).as_rows()
        consistency = consistency_error(maps, known["maps"], case.scale)
        rows = {**stack["elements"], "pooled": {**stack["pooled"], "consistency": consistency.rms}}
    return {
        layer: {metric: _finite(value) for metric, value in row.items()}
        for layer, row in rows.items()
    }


def check_estimate(case: Case, estimate: Mapping[str, Any]) -> None:
    """Refuse what is no result.

    Raises:
        ValueError: If an array has a wrong size or holds values that are not finite.
    """
    expected = case.images["xray" if case.task == "sep" else "truth"].shape
    for name, values in estimate.items():
        if np.shape(values) != expected:
            raise ValueError(f"{name} should be {expected}. Received: {np.shape(values)}")
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds values that are not finite")


def _finite(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
