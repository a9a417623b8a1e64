"""Traces of a scan in lines: rows of unequal strength, every other row displaced.

A picture of paint knows no rows. So what rows have in common is compared with what columns have
in common, which has the same paint, weave and noise in it, but not the scan.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import gaussian_filter1d

Values = NDArray[np.float64]

_PARTS = 4
_FINER = 20
_SURE = 6.0
_SMALLEST = 24
"""Rows and columns below which nothing can be said."""


@dataclass(frozen=True)
class Lines:
    """How the rows of a picture differ from their neighbours.

    Attributes:
        gain: Deviation of the rows' strengths from their neighbours', in units of the level.
        across: The same of the columns: what paint, weave and noise do.
        alternation: By how much odd rows are stronger than even ones, in units of the level; 0
            where parts of the picture disagree.
        displacement: By how many pixels odd rows lie to the right of even ones.
        agrees: Whether all parts of the picture say so.
    """

    gain: float
    across: float
    alternation: float
    displacement: float
    agrees: bool


def measure_lines(picture: np.ndarray) -> Lines | None:
    """Measure what rows have in common.

    Args:
        picture: (h, w), or maps (h, w, B) of one scan, whose rows share its faults.

    Returns:
        None where the picture is too small, or empty.
    """
    planes = np.asarray(picture, np.float64).reshape(*picture.shape[:2], -1)
    if min(planes.shape[:2]) < _SMALLEST:
        return None
    planes = planes[..., planes.mean(axis=(0, 1)) > 0]
    rows, columns = _steps(planes), _steps(np.swapaxes(planes, 0, 1))
    if not planes.size:
        return None
    weights = 1 / np.maximum(_uncertainty(rows), _uncertainty(columns)) ** 2
    weights /= weights.sum()
    common, across = rows @ weights, columns @ weights
    shift, parts = _alternate_shift(planes)
    return Lines(
        gain=float(_spread(common[:, None])[0]),
        across=float(_spread(across[:, None])[0]),
        alternation=_alternation(common),
        displacement=shift,
        agrees=bool(np.all(np.abs(parts - shift) < 0.3 * abs(shift) + 0.1)),
    )


def _steps(planes: Values) -> Values:
    """Each row's strength beside its two neighbours', less one, (h - 2, B)."""
    sums = planes.sum(axis=1)
    level = np.maximum(0.5 * (sums[:-2] + sums[2:]), 0.05 * np.abs(sums).mean(axis=0))
    return np.asarray((sums[1:-1] - 0.5 * (sums[:-2] + sums[2:])) / level)


def _spread(steps: Values) -> Values:
    """Standard deviation of the rows' strengths, by medians: an edge in the picture is one row."""
    deviation = np.median(np.abs(steps - np.median(steps, axis=0)), axis=0)
    return np.asarray(1.4826 * deviation / np.sqrt(1.5))


def _uncertainty(steps: Values) -> Values:
    """What weighs the maps: their spread, and more where medians miss that most lines are empty."""
    return np.asarray(np.maximum(_spread(steps), 0.2 * steps.std(axis=0)) + 1e-6)


def _alternation(steps: Values) -> float:
    """By how much odd rows are stronger, if it stands far above what parts differ by."""
    signed = steps * np.where(np.arange(len(steps)) % 2, -1.0, 1.0)
    parts = [float(np.median(part)) for part in np.array_split(signed, 2 * _PARTS)]
    error = float(np.std(parts, ddof=1)) / np.sqrt(len(parts))
    middle = float(np.median(signed))
    return middle if abs(middle) > _SURE * error else 0.0


def _alternate_shift(planes: Values) -> tuple[float, Values]:
    """Displacement of odd rows against even ones, of the whole and of each part of it."""
    height = planes.shape[0] - (1 - planes.shape[0] % 2)
    noise = _noise(planes)
    detail = planes - gaussian_filter1d(planes, 4.0, axis=1)
    detail = detail / noise * np.hanning(planes.shape[1])[:, None]
    odd, between = detail[1:height:2], 0.5 * (detail[: height - 1 : 2] + detail[2:height:2])
    cross = np.sum(fft.rfft(odd, axis=1) * np.conj(fft.rfft(between, axis=1)), axis=2)
    width = planes.shape[1]
    parts = [_shift(part.sum(axis=0), width) for part in np.array_split(cross, _PARTS)]
    return _shift(cross.sum(axis=0), width), np.array(parts)


def _noise(planes: Values) -> Values:
    """Deviation of the noise of each plane, from the diagonal detail of 2 x 2 pixels."""
    detail = planes[1:, 1:] - planes[1:, :-1] - planes[:-1, 1:] + planes[:-1, :-1]
    deviation = 1.4826 / 2 * np.median(np.abs(detail), axis=(0, 1))
    return np.asarray(np.maximum(deviation, 1e-3 * planes.std(axis=(0, 1)) + 1e-12))


def _shift(cross: np.ndarray, width: int) -> float:
    """The highest point of the correlation with this spectrum, to a twentieth of a pixel."""
    correlation = fft.irfft(cross, _FINER * width)
    reach = _FINER * min(12, width // 4)
    near = np.concatenate([correlation[-reach:], correlation[: reach + 1]])
    return float(near.argmax() - reach) / _FINER
