"""How well a mixed radiograph was separated, measured against layers that are known.

All arrays are in units of the stored gain g, so that an MSE means the same whatever the bit
depth. Two views that do not agree, and are therefore printed together:

- the error itself: `mse`, eq. (16), `skill`, the same beside the trivial answer x/2, and `ssim`;
- separation as the source-separation field judges it: `bss` splits an estimate into what
  belongs to its truth, what leaked from the other layer, and what belongs to neither.

References:
    W. Pu et al., "Mixed X-ray image separation for artworks with concealed designs",
    IEEE Transactions on Image Processing, 2022, eq. (16).
    E. Vincent, R. Gribonval, C. Févotte, "Performance measurement in blind audio source
    separation" (BSS Eval), IEEE Transactions on Audio, Speech, and Language Processing 14(4),
    2006. https://doi.org/10.1109/TSA.2005.858005
    J. Le Roux, S. Wisdom, H. Erdogan, J. R. Hershey, "SDR - half-baked or well done?"
    (SI-SDR), ICASSP 2019. https://doi.org/10.1109/ICASSP.2019.8683855
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.metrics import structural_similarity

# Energies below this share of the estimate's are rounding of float64, not signal (240 dB).
_ROUNDING = 1e-24
_SSIM_WINDOW = 7


@dataclass(frozen=True)
class BssScores:
    """The three ratios of BSS Eval, in dB; None where the truth is constant.

    Attributes:
        sdr: Signal to distortion (everything wrong); with a gain only it is SI-SDR.
        sir: Signal to interference (leakage of the other layer).
        sar: Signal to artefacts (what belongs to neither layer).
    """

    sdr: float | None
    sir: float | None
    sar: float | None


@dataclass(frozen=True)
class LayerScores:
    """The scores of one layer; None where one is undefined.

    Attributes:
        mse: Eq. (16), in units of g squared; 0 is perfect.
        skill: 1 - MSE / MSE(x/2): 1 perfect, 0 no better than halving, negative worse.
        sdr: Scale-invariant signal to distortion ratio, dB.
        sdri: Its improvement over taking the mixture for the layer, dB.
        sir: Signal to interference ratio, dB.
        siri: Its improvement over taking the mixture for the layer, dB.
        sar: Signal to artefacts ratio, dB.
        ssim: Structural similarity, 1 is perfect.
    """

    mse: float | None
    skill: float | None
    sdr: float | None
    sdri: float | None
    sir: float | None
    siri: float | None
    sar: float | None
    ssim: float | None


def mse(truth: ArrayLike, estimate: ArrayLike) -> float:
    """Mean squared error of eq. (16): ||X - X̂||² / (2MN).

    Args:
        truth: (M, N) the layer X, in units of g.
        estimate: (M, N) its estimate X̂, in units of g.

    Returns:
        The error, in units of g squared. Note the 1/2.

    Raises:
        ValueError: If the shapes differ or the arrays are empty.
    """
    x, estimated = _same_shape(truth, estimate)
    return float(0.5 * np.mean((x - estimated) ** 2))


def skill(truth: ArrayLike, estimate: ArrayLike, mixture: ArrayLike) -> float:
    """Error beside that of the trivial answer: 1 - MSE(method) / MSE(x/2).

    Args:
        truth: (M, N) the layer, in units of g.
        estimate: (M, N) its estimate, in units of g.
        mixture: (M, N) the mixed radiograph x, in units of g.

    Returns:
        1 perfect, 0 as good as halving the mixture, negative worse. Where halving is itself
        exact: 0 for an exact estimate, else minus infinity.

    Raises:
        ValueError: If the shapes differ or the arrays are empty.
    """
    error = mse(truth, estimate)
    halving = mse(truth, 0.5 * np.asarray(mixture, dtype=np.float64))
    if halving == 0.0:
        return 0.0 if error == 0.0 else -math.inf
    return 1.0 - error / halving


def ssim(truth: ArrayLike, estimate: ArrayLike) -> float | None:
    """Structural similarity in windows of 7 x 7 px, the truth's range being the data's range.

    Args:
        truth: (M, N) the layer, in units of g.
        estimate: (M, N) its estimate, in units of g; unlike for `bss`, scale and offset matter.

    Returns:
        1 perfect; None where the truth is constant or smaller than a window.

    Raises:
        ValueError: If the shapes differ or the arrays are empty.

    Reference:
        Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
        visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004.
    """
    x, estimated = _same_shape(truth, estimate)
    span = float(np.ptp(x))
    if span == 0 or min(x.shape) < _SSIM_WINDOW:
        return None
    return float(structural_similarity(x, estimated, win_size=_SSIM_WINDOW, data_range=span))


def bss(estimate: ArrayLike, truth: ArrayLike, other: ArrayLike) -> BssScores:
    """BSS Eval with a gain only (filter length 1, no permutation) on zero-mean layers.

    The estimate is s_target + e_interf + e_artif, three orthogonal parts: its projection on
    its own truth; its projection on the span of both truths, less s_target; the rest. Then

        SDR = |s_target|² / |e_interf + e_artif|²        (= SI-SDR)
        SIR = |s_target|² / |e_interf|²
        SAR = |s_target + e_interf|² / |e_artif|²

    Args:
        estimate: (M, N) the estimated layer; scale and offset do not matter.
        truth: (M, N) the true layer.
        other: (M, N) the true other layer; a constant one cannot interfere.

    Returns:
        The ratios in dB: infinity where nothing is wrong, minus infinity where nothing of the
        signal is there, None throughout where the truth is constant.

    Raises:
        ValueError: If the shapes differ or the arrays are empty.

    Reference:
        Vincent et al. 2006; Le Roux et al. 2019.
    """
    _same_shape(truth, estimate)
    _same_shape(truth, other)
    if np.ptp(truth) == 0:
        return BssScores(None, None, None)
    s, x, o = (_zero_mean(layer) for layer in (truth, estimate, other))
    s_target = _projection(x, s)
    # The other truth's part at right angles to the own truth completes the span's basis.
    # What rounding leaves of a collinear or constant layer spans nothing.
    across = o - _projection(o, s)
    if np.sum(across**2) <= _ROUNDING * np.sum(np.asarray(other, dtype=np.float64) ** 2):
        across = np.zeros_like(o)
    e_interf = _projection(x, across)
    e_artif = x - s_target - e_interf

    floor = _ROUNDING * float(np.sum(x**2))
    target, interference, artefacts = (
        energy if energy > floor else 0.0
        for energy in (float(np.sum(part**2)) for part in (s_target, e_interf, e_artif))
    )
    return BssScores(
        sdr=_decibels(target, interference + artefacts),
        sir=_decibels(target, interference),
        sar=_decibels(target + interference, artefacts),
    )


def score_layers(
    surface: ArrayLike,
    concealed: ArrayLike,
    true_surface: ArrayLike,
    true_concealed: ArrayLike,
    mixture: ArrayLike,
) -> dict[str, LayerScores]:
    """All scores of both layers. Halving the mixture scores skill 0, SDRi 0 and SIRi 0.

    Args:
        surface: (M, N) estimated surface layer, in units of g.
        concealed: (M, N) estimated concealed layer, in units of g.
        true_surface: (M, N) true surface layer, in units of g.
        true_concealed: (M, N) true concealed layer, in units of g.
        mixture: (M, N) the mixed radiograph, in units of g.

    Returns:
        The scores under the keys `surface` and `concealed`.

    Raises:
        ValueError: If the shapes differ or the arrays are empty.
    """
    layers = {
        "surface": (surface, true_surface, true_concealed),
        "concealed": (concealed, true_concealed, true_surface),
    }
    scores = {}
    for name, (estimate, truth, other) in layers.items():
        reached, untouched = bss(estimate, truth, other), bss(mixture, truth, other)
        scores[name] = LayerScores(
            mse=mse(truth, estimate),
            skill=skill(truth, estimate, mixture),
            sdr=reached.sdr,
            sdri=_improvement(reached.sdr, untouched.sdr),
            sir=reached.sir,
            siri=_improvement(reached.sir, untouched.sir),
            sar=reached.sar,
            ssim=ssim(truth, estimate),
        )
    return scores


def mean_scores(scores: dict[str, LayerScores]) -> LayerScores:
    """Each score's mean over the layers.

    Args:
        scores: As `score_layers` returns them.

    Returns:
        The means; None where a layer's score is undefined, or the mean is.
    """
    return LayerScores(
        **{
            field.name: _mean([getattr(layer, field.name) for layer in scores.values()])
            for field in fields(LayerScores)
        }
    )


def _same_shape(
    first: ArrayLike, second: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.size == 0:
        raise ValueError(f"Expected two images of one size. Received: {a.shape} and {b.shape}")
    return a, b


def _zero_mean(layer: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(layer, dtype=np.float64)
    # A mean is rounded; without this a constant layer would keep a trace of "signal".
    return np.zeros_like(values) if np.ptp(values) == 0 else values - values.mean()


def _projection(x: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    energy = np.sum(onto**2)
    return np.sum(x * onto) / energy * onto if energy > 0 else np.zeros_like(x)


def _decibels(signal: float, noise: float) -> float:
    if signal == 0.0:
        return -math.inf
    return 10.0 * math.log10(signal / noise) if noise > 0.0 else math.inf


def _improvement(reached: float | None, untouched: float | None) -> float | None:
    if reached is None or untouched is None:
        return None
    return 0.0 if reached == untouched else reached - untouched


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    mean = sum(known) / len(known)
    return None if math.isnan(mean) else mean
