"""Findings on the grey values of one picture: depth, clipping, borders, stripes."""

import math

import numpy as np

from tfpaintsep.images.checks import CLIPPED_SHARE
from tfpaintsep.inspection.borders import Border
from tfpaintsep.inspection.finding import Finding, Severity
from tfpaintsep.inspection.stripes import measure_lines

_PILE, _NEXT = 10.0, 8
"""How much more often the last value occurs than the next eight, for it to be a limit."""
_SHALLOW = 2**13
_SHIFTED = 0.4
_ALTERNATING = 0.01
_UNEVEN = 0.01
_MORE_THAN_COLUMNS = 2.5
"""Rows of simulated paintings and scans stay below 1.9 times their columns; weave is in both.
Every other row of a scan that is in order lies within 0.3 px of its neighbours, or parts of the
scan disagree; rows alternate by less than 0.4%."""

COMPUTED_IN = "computing is done in units of the type's maximum, of which little is used"


def depth_findings(name: str, values: np.ndarray, dtype: np.dtype, what: str) -> list[Finding]:
    """How much of an integer type's depth is really used.

    Args:
        name: The file.
        values: Its samples, in the file's own units.
        dtype: Their type in the file.
        what: What the picture is called.
    """
    if dtype.kind != "u" or dtype.itemsize > 2:
        return []
    full = int(np.iinfo(dtype).max)
    counts = np.bincount(values.astype(np.uint16).ravel(), minlength=full + 1)
    used = np.flatnonzero(counts)
    levels, brightest, darkest = len(used), int(used[-1]), int(used[0])
    step = math.gcd(*(used - darkest).tolist()) if levels > 1 else 1
    found = []
    if full > 255 and brightest < 2**15:
        found.append(
            Finding(
                Severity.WARNING if brightest < _SHALLOW else Severity.NOTE,
                "depth",
                (name,),
                f"the {what}'s brightest value is {brightest} of {full}: {brightest.bit_length()} "
                "of 16 bits are used",
                COMPUTED_IN,
                f"Multiply all values by {2 ** (16 - brightest.bit_length())} and save as 16-bit.",
            )
        )
    if full > 255 and levels <= 256 < values.size:
        found.append(_coarse(name, what, f"only {levels} grey levels, as an 8-bit scan has"))
    elif full > 255 and step >= 4:
        bits = 16 - (step.bit_length() - 1)
        found.append(_coarse(name, what, f"only every {step}th value, as a {bits}-bit scan has"))
    elif full == 255 and levels < 0.6 * (brightest - darkest + 1) and values.size > 20 * full:
        found.append(
            _coarse(
                *(name, what),
                f"{levels} of the {brightest - darkest + 1} values between its ends: its contrast "
                "was stretched after it had been stored in 8 bits",
            )
        )
    return found


def _coarse(name: str, what: str, uses: str) -> Finding:
    return Finding(
        Severity.NOTE,
        "depth",
        (name,),
        f"the {what} uses {uses}",
        "fine differences, in which a concealed design shows, are rounded away",
        "Use the original scan, if there is a deeper one.",
    )


def clipping_findings(
    name: str, values: np.ndarray, full: float | None, what: str, tolerated: float = 0.0
) -> list[Finding]:
    """Whether many values lie at the lower or the upper end of the scale.

    Args:
        name: The file.
        values: Any shape, borders left out.
        full: The type's maximum; None where there is none, and a limit shows only as a pile.
        what: What the picture is called.
        tolerated: Share up to which it is but a note.
    """
    found: list[Finding] = []
    if not values.size:  # all of the picture is taken for a border
        return found
    for end, limit, value in (
        ("dark", 0.0 if full else None, float(values.min())),
        ("bright", full, float(values.max())),
    ):
        share = float(np.mean(values == value))
        if share <= CLIPPED_SHARE or not (value == limit or _is_pile(values, value)):
            continue
        serious = share > tolerated
        found.append(
            Finding(
                Severity.WARNING if serious else Severity.NOTE,
                "clipping",
                (name,),
                f"{share:.1%} of the {what}'s values are {value:g}, its {end} end: clipped there",
                "what was beyond is lost, and no method can tell two layers apart where both "
                "are off the scale",
                "Scan or export again with a wider range, or crop such parts away.",
            )
        )
    return found


def _is_pile(values: np.ndarray, end: float) -> bool:
    """Whether far more pixels have the last value than each of the values next to it."""
    levels, counts = np.unique(values, return_counts=True)
    if end != levels[0]:
        counts = counts[::-1]
    return bool(len(counts) > 1 and counts[0] > _PILE * counts[1 : 1 + _NEXT].mean())


def border_findings(name: str, border: Border, what: str) -> list[Finding]:
    """Margins in which nothing was recorded."""
    if border.share == 0:
        return []
    sides = ", ".join(
        f"{getattr(border, side)} px at the {side}"
        for side in ("top", "right", "bottom", "left")
        if getattr(border, side)
    )
    where = sides or "wedges at the corners, as a rotation leaves them"
    serious = border.share > 0.01
    return [
        Finding(
            Severity.WARNING if serious else Severity.NOTE,
            "border",
            (name,),
            f"a uniform border of the {what}: {where} ({border.share:.1%} of its area)",
            "a border takes part in the training and in every score, and its edge is a strong "
            "false contour",
            "Crop it away, in all pictures alike.",
        )
    ]


def stripe_findings(name: str, picture: np.ndarray, what: str, line: str = "row") -> list[Finding]:
    """Traces of a scan in lines.

    Args:
        name: The file.
        picture: (h, w), or maps (h, w, B) of one scan; turned, where its columns are to be
            looked at.
        what: What the picture is called.
        line: What a row of `picture` is in the file.
    """
    lines = measure_lines(picture)
    forth, back = ("right", "left") if line == "row" else ("bottom", "top")
    other = "column" if line == "row" else "row"
    if lines is None:
        return []
    across = max(lines.across, 1e-3)
    found, again = [], "Correct it in the scanner's or the fitting program's software."
    if abs(lines.displacement) >= _SHIFTED and lines.agrees:
        found.append(
            Finding(
                Severity.WARNING,
                "stripes",
                (name,),
                f"every other {line} of the {what} lies {abs(lines.displacement):.1f} px off its "
                f"neighbours, towards the {forth if lines.displacement > 0 else back}",
                "a scan that runs to and fro does this; upright edges become combs, which would "
                "be taken for detail",
                again,
            )
        )
    if abs(lines.alternation) >= _ALTERNATING:
        found.append(
            Finding(
                Severity.WARNING,
                "stripes",
                (name,),
                f"every other {line} of the {what} is {abs(lines.alternation):.1%} stronger than "
                "its neighbours",
                "stripes of the scan would be taken for paint",
                again,
            )
        )
    elif lines.gain >= _UNEVEN and lines.gain > _MORE_THAN_COLUMNS * across:
        found.append(
            Finding(
                Severity.WARNING if picture.ndim == 3 else Severity.NOTE,
                "stripes",
                (name,),
                f"the {line}s of the {what} differ in strength from their neighbours by "
                f"{lines.gain:.1%}, {lines.gain / across:.0f} times as much as "
                f"its {other}s do",
                "stripes of the scan would be taken for paint; in a radiograph it may be the "
                "grain of a panel that lies along them"
                if picture.ndim == 2
                else "stripes of the scan, of beam or time, would be taken for paint",
                "Divide the maps by the beam's monitor or the live time, before fitting."
                if picture.ndim == 3
                else "Look at the picture enlarged.",
            )
        )
    return found
