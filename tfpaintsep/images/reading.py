"""Radiographs and photographs in, by the rules of this project.

Input is TIFF, PNG or JPEG (see `tfpaintsep.images.decoding`); every refusal is an `InputError`
that names the file and says what to do.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.decoding import decode
from tfpaintsep.images.painting import Photograph, Polarity, Radiograph, Resolution
from tfpaintsep.images.refusals import check_colour_range, no_colour, no_content

SMALLEST_SIDE = 16
"""Pixels; below this there is nothing to separate, and patches and scales do not fit."""


def read_radiograph(
    path: str | os.PathLike[str],
    polarity: Polarity = Polarity.AS_STORED,
    gain: float | None = None,
) -> Radiograph:
    """Read an X-radiograph.

    Args:
        path: TIFF, PNG or JPEG: greyscale, or RGB with equal channels.
        polarity: Whether absorbing paint is bright or dark in the file.
        gain: The scale g stored with a model. None at training time: the maximum of an integer
            type, or that of a float image.

    Raises:
        InputError: The file cannot be read whole, is no greyscale image of at least 16 x 16 px,
            is constant, holds NaN or infinite values, or is a float image without a positive one.
    """
    grey = _read_grey(Path(path))
    if gain is None:
        gain = _type_maximum(grey.stored_dtype) or float(grey.values.max())
    return Radiograph(
        values=grey.values,
        gain=gain,
        stored_dtype=grey.stored_dtype,
        polarity=Polarity(polarity),
        resolution=grey.resolution,
        source=Path(path),
        notes=grey.notes,
    )


def read_grey(path: str | os.PathLike[str], gain: float | None = None) -> np.ndarray:
    """Read a grey image that belongs to a radiograph: a first guess, a known layer, a result.

    Unlike a radiograph it may be constant or negative.

    Args:
        path: TIFF, PNG or JPEG: greyscale, or RGB with equal channels.
        gain: The radiograph's scale. Integers of another type's scale are refused; floats are
            taken as they are. None takes anything.

    Returns:
        (h, w) float32 in the file's own units.

    Raises:
        InputError: The file cannot be read whole, is no greyscale image of at least 16 x 16 px,
            holds NaN or infinite values, or has another scale.
    """
    path = Path(path)
    samples, _, _ = grey_samples(path)
    if gain is not None:
        check_scale(path, samples.dtype, gain)
    return _finite_values(path, samples)


def check_scale(path: Path, dtype: np.dtype, gain: float) -> None:
    """Refuse integers of another type's scale than a radiograph's; floats are taken as they are.

    Raises:
        InputError: The type's largest value is not the gain.
    """
    maximum = _type_maximum(dtype)
    if maximum not in (None, gain):
        raise InputError(
            path,
            expected=f"grey values on the radiograph's scale, 0 to {gain:g}",
            found=f"{dtype.newbyteorder('=')} samples, 0 to {maximum:g}",
            advice="Save it with the radiograph's bit depth, or as float in its units.",
        )


def read_photograph(path: str | os.PathLike[str]) -> Photograph:
    """Read a colour photograph: RGB in 8 or 16 bits, or float in [0, 1].

    Raises:
        InputError: The file cannot be read whole, is no RGB image of at least 16 x 16 px, has
            a used alpha channel, is constant, or holds NaN, infinite or float values outside
            [0, 1].
    """
    path = Path(path)
    samples, resolution, notes = colour_samples(path)
    values = _checked_values(path, samples)
    if maximum := _type_maximum(samples.dtype):
        values /= np.float32(maximum)
    else:
        check_colour_range(path, float(values.min()), float(values.max()))
    return Photograph(values, resolution, path, notes)


def colour_samples(path: Path) -> tuple[np.ndarray, Resolution | None, tuple[str, ...]]:
    """Samples (h, w, 3) of a photograph as stored, its resolution and notes.

    Raises:
        InputError: As for `read_photograph`, but for their values.
    """
    image = decode(path)
    samples, notes = _drop_opaque_alpha(path, image.samples, image.notes)
    if samples.ndim == 2 or _has_equal_channels(samples):
        raise no_colour(path)
    return samples, image.resolution, notes


def grey_samples(path: Path) -> tuple[np.ndarray, Resolution | None, tuple[str, ...]]:
    """Samples (h, w) of a grey image as stored, its resolution and notes.

    Raises:
        InputError: As for `read_grey`, but for their values.
    """
    image = decode(path)
    samples, notes = _drop_opaque_alpha(path, image.samples, image.notes)
    if samples.ndim == 3:
        if not _has_equal_channels(samples):
            raise InputError(
                path,
                expected="a greyscale image",
                found="a colour image",
                advice="Check that radiograph and photograph are not swapped, or save it as grey.",
            )
        samples = samples[..., 0]
        notes += ("stored as RGB with three equal channels; read as greyscale",)
    return samples, image.resolution, notes


@dataclass(frozen=True, eq=False)
class _Grey:
    values: np.ndarray
    stored_dtype: np.dtype
    resolution: Resolution | None
    notes: tuple[str, ...]


def _read_grey(path: Path) -> _Grey:
    samples, resolution, notes = grey_samples(path)
    values = _checked_values(path, samples)
    if values.max() <= 0:
        raise InputError(
            path,
            expected="a float image with positive values",
            found=f"a maximum of {values.max():g}",
            advice="Shift or invert the values, or save as 16-bit.",
        )
    return _Grey(values, samples.dtype.newbyteorder("="), resolution, notes)


def _type_maximum(dtype: np.dtype) -> float | None:
    """The largest value of an integer type; None for floats."""
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else None


def _has_equal_channels(samples: np.ndarray) -> bool:
    return all(np.array_equal(samples[..., 0], samples[..., c], equal_nan=True) for c in (1, 2))


def _drop_opaque_alpha(
    path: Path, samples: np.ndarray, notes: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Take off an alpha channel that says nothing; refuse one that hides part of the image."""
    if samples.ndim == 2 or samples.shape[-1] == 3:
        return samples, notes
    colour, alpha = samples[..., :-1], samples[..., -1]
    if np.any(alpha != (_type_maximum(samples.dtype) or 1)):
        raise InputError(
            path,
            expected="an image without transparent parts",
            found="a used alpha channel",
            advice="Flatten the image, crop it to its opaque part and save it without alpha.",
        )
    colour = colour[..., 0] if colour.shape[-1] == 1 else colour
    return colour, (*notes, "an opaque alpha channel was dropped")


def _checked_values(path: Path, samples: np.ndarray) -> np.ndarray:
    """Contiguous float32 samples that are finite, not constant, and enough of them."""
    values = _finite_values(path, samples)
    if values.min() == values.max():
        raise no_content(path, float(values.min()))
    return values


def _finite_values(path: Path, samples: np.ndarray) -> np.ndarray:
    height, width = samples.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(
            path,
            expected=f"an image of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} px",
            found=f"{height} x {width} px (height x width)",
            advice="Give the full image, not a thumbnail or a single line.",
        )
    with np.errstate(over="ignore"):  # a float64 beyond float32 is counted as infinite below
        values = np.array(samples, dtype=np.float32, order="C")
    if not np.isfinite(values).all():
        n_nan, n_inf = int(np.isnan(values).sum()), int(np.isinf(values).sum())
        raise InputError(
            path,
            expected="finite values",
            found=f"{n_nan} NaN and {n_inf} infinite of {values.size} values",
            advice="Crop to the valid part or fill the gaps, then save again.",
        )
    return values
