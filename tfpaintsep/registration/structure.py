"""What a photograph and a radiograph have in common: fine structure, not grey values.

A form may be bright in both pictures, dark in one, or missing, and what varies slowly (ground,
stretcher, a concealed painting) belongs to one of them alone. So both are reduced to structure
between two widths, with a spectrum nearly flat; of a photograph's colours, or of many maps, the
uncorrelated combinations are taken.
"""

import numpy as np
from scipy import fft
from scipy.ndimage import gaussian_filter

FINE, COARSE = 0.7, 6.0
"""Gaussian widths, pixels, between which structure is looked at."""
FLATTENED = 0.8
"""Power by which spectra are flattened: 0 leaves them, 1 keeps phases alone."""
_TAPER = 0.08
_MOST_PLANES = 4


def band_pass(values: np.ndarray) -> np.ndarray:
    """Structure of (h, w, c) between the two widths."""
    low, high = (gaussian_filter(values, (sigma, sigma, 0)) for sigma in (FINE, COARSE))
    return np.asarray(low - high, np.float32)


def planes_of(values: np.ndarray) -> np.ndarray:
    """Uncorrelated combinations (h, w, k) of channels (h, w, c), of one variance each.

    Those that hold next to nothing are left out, and all but the strongest few of many maps.
    """
    flat = values.reshape(-1, values.shape[2])
    flat = flat - flat.mean(axis=0)
    if values.shape[2] > 3:  # maps: none counts more because of its counts
        flat = flat / np.maximum(flat.std(axis=0), 1e-20)
    variances, axes = np.linalg.eigh(flat.T @ flat / len(flat))
    kept = np.flatnonzero(variances > 1e-3 * variances[-1])[-_MOST_PLANES:]
    planes = flat @ axes[:, kept] / np.sqrt(np.maximum(variances[kept], 1e-30))
    return np.asarray(planes.reshape(*values.shape[:2], -1), np.float32)


def flattened(planes: np.ndarray) -> np.ndarray:
    """Planes (h, w, k) with a nearly flat spectrum, of one variance each, without outliers."""
    windowed = planes * taper(planes.shape[:2])[..., None]
    spectrum = fft.rfft2(windowed, axes=(0, 1))
    power = gaussian_filter(np.abs(spectrum) ** 2, (3, 3, 0), mode="wrap")
    strength = np.sqrt(np.maximum(power, 1e-12 * power.max()))
    result = fft.irfft2(spectrum * strength**-FLATTENED, planes.shape[:2], axes=(0, 1))
    result = result / np.maximum(result.std(axis=(0, 1)), 1e-20)
    return np.asarray(np.clip(result, -3, 3), np.float32)


def most_structured(maps: np.ndarray) -> int:
    """Which channel of (h, w, c) shows most: structure over what is finer, which is noise."""
    smooth = gaussian_filter(maps, (FINE, FINE, 0))
    noise = (maps - smooth).std(axis=(0, 1))
    rounding = 1e-5 * np.abs(maps).max(axis=(0, 1)) + 1e-30
    return int(np.argmax(band_pass(maps).std(axis=(0, 1)) / np.maximum(noise, rounding)))


def taper(size: tuple[int, ...], share: float = _TAPER) -> np.ndarray:
    """1 inside, falling to 0 over this share of each side, whose edge would pass for structure."""
    sides = []
    for side in size:
        rise = max(2, int(share * side))
        ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(rise) + 0.5) / rise)
        sides.append(np.concatenate([ramp, np.ones(side - 2 * rise), ramp[::-1]]))
    return np.asarray(np.outer(*sides), np.float32)
