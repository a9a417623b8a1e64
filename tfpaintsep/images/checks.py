"""What can be said about the inputs before any computing."""

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.painting import Photograph, Radiograph, Resolution

CLIPPED_SHARE = 0.01
PIXEL_SIZE_TOLERANCE = 0.01


def check_same_size(
    a_name: str, a_size: tuple[int, int], b_name: str, b_size: tuple[int, int]
) -> None:
    """Two images share one pixel grid.

    Args:
        a_name: What the user calls the first image, its file as a rule.
        a_size: Its height and width.
        b_name: The second image.
        b_size: Its height and width.

    Raises:
        InputError: The sizes differ.
    """
    if tuple(a_size) != tuple(b_size):
        raise InputError(
            f"{a_name} and {b_name}",
            expected="two images of the same size",
            found=f"{_px(a_size)} and {_px(b_size)} (height x width)",
            advice="Bring them into register first, onto one pixel grid: `tfpaintsep register`.",
        )


def check_pair(radiograph: Radiograph, photograph: Photograph) -> None:
    """A radiograph and a photograph share one pixel grid.

    Raises:
        InputError: The sizes differ.
    """
    check_same_size(
        str(radiograph.source or "radiograph"),
        radiograph.size,
        str(photograph.source or "photograph"),
        photograph.size,
    )


def findings(radiograph: Radiograph, photograph: Photograph) -> list[str]:
    """Remarks in words on a pair of inputs that can be used; their own notes are not repeated."""
    return [
        *_depth_findings(radiograph),
        *_clipping_findings("radiograph", radiograph.values, radiograph.gain),
        *_clipping_findings("photograph", photograph.values, 1.0),
        *_resolution_findings(radiograph.resolution, photograph.resolution),
    ]


def _px(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} px"


def _depth_findings(radiograph: Radiograph) -> list[str]:
    """How much of a 16-bit file's depth is really used."""
    if radiograph.stored_dtype != np.uint16:
        return []
    counts = np.bincount(radiograph.values.astype(np.uint16).ravel(), minlength=2**16)
    levels, brightest = np.count_nonzero(counts), int(np.flatnonzero(counts)[-1])
    found = []
    if levels <= 256 < radiograph.values.size:
        found.append(
            f"the radiograph is stored in 16 bits but uses only {levels} grey levels, "
            "as an 8-bit scan does"
        )
    if brightest < 2**15:
        found.append(
            f"the radiograph's brightest value is {brightest} of 65535: "
            f"it uses {brightest.bit_length()} of 16 bits"
        )
    return found


def _clipping_findings(name: str, values: np.ndarray, maximum: float) -> list[str]:
    """Shares of samples at the ends of the scale."""
    ends = {"0": values <= 0, f"{maximum:g} (its maximum)": values >= maximum}
    return [
        f"{share:.1%} of the {name}'s values lie at {end}: they may be clipped"
        for end, clipped in ends.items()
        if (share := float(clipped.mean())) > CLIPPED_SHARE
    ]


def _resolution_findings(first: Resolution | None, second: Resolution | None) -> list[str]:
    """Whether the resolution tags agree, as they must on one pixel grid."""
    sizes = [None if tags is None else tags.pixel_size_mm for tags in (first, second)]
    if sizes[0] is None or sizes[1] is None:
        return []
    if np.allclose(sizes[0], sizes[1], rtol=PIXEL_SIZE_TOLERANCE):
        return []
    return [
        "the resolution tags disagree: pixels of "
        f"{sizes[0][0]:.4g} x {sizes[0][1]:.4g} mm in the radiograph and "
        f"{sizes[1][0]:.4g} x {sizes[1][1]:.4g} mm in the photograph; "
        "the radiograph's are kept"
    ]


def check_holds_patch(where: object, size: tuple[int, int], section: str, patch: int) -> None:
    """Refuse an image that is smaller than a patch.

    Args:
        where: What the user calls the image.
        size: Its height and width.
        section: The part of the configuration that sets the patch.
        patch: Side of a patch, pixels.

    Raises:
        InputError: If the patch does not fit.
    """
    if min(size) < patch:
        raise InputError(
            where,
            expected=f"an image of at least {patch} x {patch} px, the size of a patch",
            found=f"{size[0]} x {size[1]} px",
            advice=f"Give a larger image, or train with a smaller {section}.patch.",
        )
