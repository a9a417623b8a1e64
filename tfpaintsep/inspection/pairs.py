"""Findings on two files that belong together: size, scale, register, and what explains what."""

import math

import numpy as np
from scipy.ndimage import gaussian_filter

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.realism import REAL, explained_by_colour
from tfpaintsep.images import ElementStack, Photograph, Radiograph, Resolution, check_pair
from tfpaintsep.images.blocks import block_means
from tfpaintsep.images.checks import PIXEL_SIZE_TOLERANCE
from tfpaintsep.inspection.finding import Finding, Severity
from tfpaintsep.inspection.registration import REGISTER, Pair, registration
from tfpaintsep.superresolution.painting import ScannedPainting

LONGEST = 800
"""Pixels; for what the photograph explains, larger pictures are averaged down."""
_OPPOSED = -0.4
_COPY = 0.85
_LITTLE = 0.1
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def on_radiograph_and_photograph(
    names: Pair, radiograph: Radiograph, photograph: Photograph
) -> list[Finding]:
    """Whether a radiograph and a photograph can be used together, and how well they fit."""
    try:
        check_pair(radiograph, photograph)
    except InputError as error:
        return [_other_size(names, error, radiograph, photograph)]
    return [
        *_same_pixels(names, radiograph.resolution, photograph.resolution),
        *_explained(names, radiograph, photograph),
        *_polarity(names, radiograph, photograph),
        *registration(names, radiograph.values, photograph.values, _mm(radiograph, photograph)),
    ]


def on_maps_and_photograph(
    names: Pair, maps: ElementStack, photograph: Photograph
) -> list[Finding]:
    """Whether element maps and a photograph can be used together, and how well they fit."""
    (height, width), (fine_height, fine_width) = maps.size, photograph.size
    scale = round(min(fine_height / height, fine_width / width))
    painting = ScannedPainting(maps, photograph)
    if scale < 2:
        if maps.size != photograph.size:
            return [_no_finer(names, maps, photograph)]
        found = [
            Finding(
                Severity.NOTE,
                "scale",
                names,
                "the maps have the photograph's size already",
                "there is nothing to super-resolve; they can serve as the known answer of a test",
                "For one, tfpaintsep degrade makes coarse maps of them.",
            )
        ]
    else:
        try:
            painting.check_scale(scale)
        except InputError as error:
            return [Finding.refusal(error, *names, key="scale")]
        found = [
            Finding(
                Severity.GOOD,
                "scale",
                names,
                f"the photograph is {scale} times as fine as the maps: --scale {scale}",
            ),
            *_scaled_pixels(names, maps.resolution, photograph.resolution, scale),
        ]
    guide = block_means(photograph.values, max(scale, 1))
    pixel = _pixel(photograph.resolution)
    return [*found, *registration(names, maps.values, guide, pixel, scale=max(scale, 1))]


def _pixel(resolution: Resolution | None) -> float | None:
    size = resolution.pixel_size_mm if resolution else None
    return None if size is None else math.sqrt(size[0] * size[1])


def _mm(radiograph: Radiograph, photograph: Photograph) -> float | None:
    return _pixel(radiograph.resolution) or _pixel(photograph.resolution)


def _other_size(
    names: Pair, error: InputError, radiograph: Radiograph, photograph: Photograph
) -> Finding:
    """Two sizes, and by how much one picture is finer than the other."""
    by_rows, by_columns = (
        fine / coarse for fine, coarse in zip(photograph.size, radiograph.size, strict=True)
    )
    if abs(by_rows / by_columns - 1) < 0.01:
        how = f": the photograph is {by_rows:.3g} times as large, in the same proportions"
    else:
        how = f": the photograph is {by_rows:.3g} times as high and {by_columns:.3g} times as wide"
    return Finding(
        Severity.REFUSED,
        "size",
        names,
        f"found {error.found}{how}",
        f"needed is {error.expected}",
        REGISTER,
    )


def _no_finer(names: Pair, maps: ElementStack, photograph: Photograph) -> Finding:
    sizes = [f"{height} x {width} px" for height, width in (maps.size, photograph.size)]
    return Finding(
        Severity.REFUSED,
        "scale",
        names,
        f"found maps of {sizes[0]} and a photograph of {sizes[1]} (height x width)",
        "needed is a photograph 2 times as fine as the maps, or more",
        "Give the photograph as it was taken, cropped to the area of the scan.",
    )


def _same_pixels(names: Pair, first: Resolution | None, second: Resolution | None) -> list[Finding]:
    return _scaled_pixels(names, first, second, 1)


def _scaled_pixels(
    names: Pair, coarse: Resolution | None, fine: Resolution | None, scale: int
) -> list[Finding]:
    """Whether the resolution tags agree with the sizes."""
    sizes = [resolution.pixel_size_mm if resolution else None for resolution in (coarse, fine)]
    if sizes[0] is None or sizes[1] is None:
        return []
    expected = [size / scale for size in sizes[0]]
    if np.allclose(expected, sizes[1], rtol=PIXEL_SIZE_TOLERANCE):
        return []
    by = f"over {scale}, " if scale > 1 else ""
    return [
        Finding(
            Severity.WARNING,
            "resolution",
            names,
            f"the resolution tags disagree: pixels of {expected[0]:.4g} x {expected[1]:.4g} mm "
            f"({by}by the first) and {sizes[1][0]:.4g} x {sizes[1][1]:.4g} mm",
            "one of the two is wrong, or the pictures do not show the same area; the first file's "
            "is kept",
            "Check which is right, and whether both were cropped alike.",
        )
    ]


def _explained(names: Pair, radiograph: Radiograph, photograph: Photograph) -> list[Finding]:
    """How much of the radiograph the photograph explains."""
    values, rgb = thumbnail(radiograph.values), thumbnail(photograph.values)
    if np.ptp(values) == 0 or min(values.shape) < 32:
        return []
    figures = explained_by_colour(values, rgb)
    local = figures.local_r2[30]
    found = (
        f"the photograph's colours explain {figures.global_r2:.0%} of the radiograph's variance, "
        f"and {local:.0%} within windows of 61 px"
    )
    (low, high), (near, far) = REAL["global R²"], REAL["local R², radius 30 px"]
    real = f"of one real painting: {low:.0%} to {high:.0%}, and {near:.0%} to {far:.0%}"
    if figures.global_r2 > _COPY or local > _COPY:
        return [
            Finding(
                Severity.WARNING,
                "explained",
                names,
                f"{found} ({real})",
                "a radiograph is no function of the visible colours: this one looks as if it was "
                "made from the photograph, or shows no second painting",
                "Check that the file is the radiograph.",
            )
        ]
    if figures.global_r2 < _LITTLE:
        return [
            Finding(
                Severity.NOTE,
                "explained",
                names,
                f"{found} ({real})",
                "the photograph can tell little of the surface layer, and leads the separation "
                "less",
                "Check that they are in register and show the same area.",
            )
        ]
    if figures.global_r2 < low or local < near:
        real += "; the less, the less the photograph can lead"
    return [Finding(Severity.GOOD, "explained", names, f"{found} ({real})")]


def _polarity(names: Pair, radiograph: Radiograph, photograph: Photograph) -> list[Finding]:
    """Whether light paint is dark in the radiograph, which may mean that it is a positive."""
    values, rgb = thumbnail(radiograph.values), thumbnail(photograph.values)
    sigma = max(2.0, min(values.shape) / 50)
    broad = [gaussian_filter(plane, sigma).ravel() for plane in (values, rgb @ _LUMINANCE)]
    correlation = float(np.corrcoef(*broad)[0, 1])
    if not correlation < _OPPOSED:
        return []
    return [
        Finding(
            Severity.NOTE,
            "polarity",
            names,
            f"light paint tends to be dark in the radiograph (correlation {correlation:.2f})",
            "in film as customarily shown lead white is bright, so this may be a positive; but "
            "grounds, other whites and what lies beneath do the same, so nothing is inverted "
            "unless you say so",
            "Look at a place that is surely lead white; if it is dark, give --polarity positive.",
        )
    ]


def thumbnail(values: np.ndarray, longest: int = LONGEST) -> np.ndarray:
    """Means over blocks of pixels, so that no side is longer than `longest`, float32."""
    step = -(-max(values.shape[:2]) // longest)
    return block_means(values, step)
