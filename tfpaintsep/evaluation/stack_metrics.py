"""How well element maps were super-resolved, measured against fine maps that are known.

Elements differ in counts by orders of magnitude, so each map is first scaled by its truth's
minimum and maximum to [0, 1] (the estimate with it, and not clipped); all scores are taken there.
A constant truth has no such scale and is left out.

- `rmse`, `psnr` (peak 1) and `ssim`, per element and pooled over the cube; the pooled PSNR is
  that of the pooled RMSE, not a mean of decibels;
- `sam`, the angle between true and estimated spectra, blind to their strength;
- `ergas`, the error relative to each map's mean, comparable between scales;
- `consistency_error`, which needs no truth: how far the fine maps average back to the measured.

References:
    Z. Wang et al., "Image quality assessment: from error visibility to structural similarity"
    (SSIM), IEEE Transactions on Image Processing 13(4), 2004.
    F. A. Kruse et al., "The spectral image processing system (SIPS)" (SAM), Remote Sensing of
    Environment 44, 1993.
    L. Wald, "Quality of high resolution synthesised images: is there a simple criterion?"
    (ERGAS), Third Conference on Fusion of Earth Data, Sophia Antipolis, 2000.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.metrics import structural_similarity

_SSIM_WINDOW = 7

Stack = NDArray[np.float64]


@dataclass(frozen=True)
class ElementScores:
    """The scores of one map, or pooled over maps; None where one is undefined.

    Attributes:
        rmse: Root mean square error, the truth's range = 1; 0 is perfect.
        psnr: -20 log10(rmse), dB; None also for an exact map, which has no finite one.
        ssim: Structural similarity, 1 is perfect; None for maps smaller than its 7 x 7 window.
            Pooled: the mean over the maps.
    """

    rmse: float | None
    psnr: float | None
    ssim: float | None


@dataclass(frozen=True)
class StackScores:
    """The scores of a stack.

    Attributes:
        elements: By name, in the stack's order; all None for a constant truth.
        pooled: Over the whole cube, constant truths left out.
        sam: Mean spectral angle in degrees over the pixels where both spectra are nonzero, 0 is
            perfect; None for fewer than two maps or no such pixel.
        ergas: Relative dimensionless global error of synthesis, 0 is perfect; None when
            nothing can be scored.
    """

    elements: dict[str, ElementScores]
    pooled: ElementScores
    sam: float | None
    ergas: float | None

    def as_rows(self) -> dict[str, Any]:
        """The scores as JSON wants them, every value a finite number or None.

        Returns:
            "elements": {name: {"rmse", "psnr", "ssim"}}, and "pooled": {"rmse", "psnr", "ssim",
            "sam", "ergas"}.
        """
        return {
            "elements": {name: asdict(scores) for name, scores in self.elements.items()},
            "pooled": {**asdict(self.pooled), "sam": self.sam, "ergas": self.ergas},
        }


@dataclass(frozen=True)
class ConsistencyError:
    """Disagreement of fine maps, brought down again, with the measured ones.

    Attributes:
        rms: Root mean square over all maps, each measured map's range = 1.
        largest: The largest size of it anywhere, in the same unit.
    """

    rms: float
    largest: float


def score_stack(
    truth: ArrayLike, estimate: ArrayLike, names: Sequence[str], scale: int
) -> StackScores:
    """Score super-resolved maps against known ones.

    Args:
        truth: (h, w, B) the known fine maps, any units.
        estimate: (h, w, B) their estimates, in the same units.
        names: B different names.
        scale: Fine pixels along a coarse one, which ERGAS refers to.

    Returns:
        The scores.

    Raises:
        ValueError: If shapes, names or the scale do not fit, or a value is not finite.
    """
    known, found = _stack("truth", truth), _stack("estimate", estimate)
    if known.shape != found.shape:
        raise ValueError(f"Expected two stacks of one size. Received: {known.shape}, {found.shape}")
    if len(set(names)) != known.shape[2] or len(names) != known.shape[2] or scale < 1:
        raise ValueError(
            f"Expected {known.shape[2]} different names and a scale of at least 1. "
            f"Received: {list(names)}, {scale}"
        )
    low, high = known.min(axis=(0, 1)), known.max(axis=(0, 1))
    scored = [band for band in range(len(names)) if high[band] > low[band]]
    known, found = ((v[..., scored] - low[scored]) / (high - low)[scored] for v in (known, found))

    mse = np.mean((known - found) ** 2, axis=(0, 1))
    per_map = [
        _element_scores(float(mse[i]), _ssim(known[..., i], found[..., i]))
        for i in range(len(scored))
    ]
    similarities = [scores.ssim for scores in per_map if scores.ssim is not None]
    nothing = ElementScores(None, None, None)
    elements = dict.fromkeys(names, nothing)
    elements.update((names[band], scores) for band, scores in zip(scored, per_map, strict=True))
    if not per_map:
        return StackScores(elements, nothing, None, None)
    return StackScores(
        elements,
        _element_scores(float(mse.mean()), float(np.mean(similarities)) if similarities else None),
        _spectral_angle(known, found),
        # A map that varies and is scaled to [0, 1] has a mean above zero.
        100.0 / scale * math.sqrt(float(np.mean(mse / known.mean(axis=(0, 1)) ** 2))),
    )


def consistency_error(
    maps: ArrayLike, coarse: ArrayLike, scale: int, operator: Literal["mean", "decimate"] = "mean"
) -> ConsistencyError:
    """How far fine maps are from agreeing with what was measured.

    Args:
        maps: (scale h, scale w, B) the fine maps.
        coarse: (h, w, B) the measured maps, in the same units.
        scale: Fine pixels along a coarse one.
        operator: "mean": a coarse pixel is its block's mean; "decimate": its upper left pixel.

    Returns:
        The error in units of each measured map's range (of its size, where it is constant).

    Raises:
        ValueError: If the sizes do not fit, a value is not finite, or the operator is unknown.
    """
    fine, measured = _stack("maps", maps), _stack("coarse", coarse)
    if operator not in ("mean", "decimate"):
        raise ValueError(f"Expected operator 'mean' or 'decimate'. Received: {operator!r}")
    down = block_mean(fine, scale) if operator == "mean" else fine[::scale, ::scale]
    if fine.shape[:2] != tuple(scale * side for side in measured.shape[:2]) or (
        down.shape != measured.shape
    ):
        raise ValueError(
            f"Expected maps {scale} times the size of the coarse ones. "
            f"Received: {fine.shape} and {measured.shape}"
        )
    span = np.ptp(measured, axis=(0, 1))
    size = np.abs(measured).max(axis=(0, 1))
    unit = np.where(span > 0, span, np.where(size > 0, size, 1.0))
    error = (down - measured) / unit
    return ConsistencyError(float(np.sqrt(np.mean(error**2))), float(np.abs(error).max()))


def block_mean(fine: ArrayLike, scale: int) -> Stack:
    """Average blocks of scale x scale pixels.

    Args:
        fine: (h, w, B).
        scale: Side of a block, at least 1.

    Returns:
        (h / scale, w / scale, B).

    Raises:
        ValueError: If the sides are no multiples of the scale.
    """
    values = np.asarray(fine, dtype=np.float64)
    if values.ndim != 3 or scale < 1 or any(side % scale for side in values.shape[:2]):
        raise ValueError(
            f"Expected (h, w, B) with sides that are multiples of {scale}. Received: {values.shape}"
        )
    height, width, bands = values.shape
    blocks = values.reshape(height // scale, scale, width // scale, scale, bands)
    return blocks.mean(axis=(1, 3))


def _stack(name: str, values: ArrayLike) -> Stack:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"Expected {name} as (h, w, B). Received: {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"Expected finite values in {name}. Received: some that are not")
    return array


def _element_scores(mse: float, ssim: float | None) -> ElementScores:
    rmse = math.sqrt(mse)
    return ElementScores(rmse, -20.0 * math.log10(rmse) if rmse > 0 else None, ssim)


def _ssim(truth: Stack, estimate: Stack) -> float | None:
    if min(truth.shape) < _SSIM_WINDOW:
        return None
    return float(structural_similarity(truth, estimate, win_size=_SSIM_WINDOW, data_range=1.0))


def _spectral_angle(truth: Stack, estimate: Stack) -> float | None:
    lengths = np.linalg.norm(truth, axis=-1), np.linalg.norm(estimate, axis=-1)
    nonzero = (lengths[0] > 0) & (lengths[1] > 0)
    if truth.shape[-1] < 2 or not nonzero.any():
        return None
    u, v = (
        stack[nonzero] / length[nonzero][:, None]
        for stack, length in zip((truth, estimate), lengths, strict=True)
    )
    # Exact also for small angles, where an arccosine would lose half of the digits.
    angles = 2.0 * np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1))
    return float(np.degrees(angles.mean()))
