"""Findings on one stack of element maps by itself."""

import numpy as np

from tfpaintsep.images import ElementStack
from tfpaintsep.images.element_names import is_element
from tfpaintsep.inspection.borders import find_border
from tfpaintsep.inspection.finding import Finding, Severity
from tfpaintsep.inspection.reading import Storage
from tfpaintsep.inspection.single import reading_findings, resolution_findings
from tfpaintsep.inspection.values import border_findings, stripe_findings

_SATURATED = 0.001
_FEW_COUNTS = 50
_NEGATIVE = 0.05
_NOISY = 0.7


def on_maps(name: str, stack: ElementStack, storage: Storage) -> list[Finding]:
    """Names, counts, noise, stripes, borders and pixel size of element maps."""
    values = stack.values
    border = find_border(values)
    inside = border.inside(values)
    found = [
        *reading_findings(name, tuple(note for note in stack.notes if not _is_covered(note))),
        *_names(name, stack),
        *_counts(name, stack, storage),
        *border_findings(name, border, "maps"),
        *stripe_findings(name, inside, "maps"),
        *stripe_findings(name, np.swapaxes(inside, 0, 1), "maps", line="column"),
    ]
    noisy = [n for n, share in zip(stack.names, _noise(values), strict=True) if share > _NOISY]
    if noisy:
        found.append(
            Finding(
                Severity.NOTE,
                "noise",
                (name,),
                f"mostly noise: {', '.join(noisy)}",
                "what is invented in such a map cannot be told from what was measured",
                "Leave it out, or read its result with care.",
            )
        )
    return found + resolution_findings(name, stack.resolution)


def _is_covered(note: str) -> bool:
    """Whether a reader's note says what is found here in more words."""
    starts = ("the file names no", "not the name of", "negative counts", "maps without content")
    return note.startswith(starts)


def _names(name: str, stack: ElementStack) -> list[Finding]:
    if all(n == f"band-{i + 1}" for i, n in enumerate(stack.names)):
        return [
            Finding(
                Severity.WARNING,
                "names",
                (name,),
                f"none of its maps ({stack.bands}) has a name",
                "results would be called band-1, band-2, and so on",
                "Give --names Pb-L,Hg-L,..., or label the slices in ImageJ.",
            )
        ]
    unknown = [n for n in stack.names if not is_element(n)]
    if not unknown:
        return []
    return [
        Finding(
            Severity.WARNING,
            "names",
            (name,),
            f"not the name of an element and its line: {', '.join(unknown)}",
            "a scatter or background map, or a picture, may have got among the elements",
            "Take it out if it is no element, or spell it as Pb-L or Fe-K.",
        )
    ]


def _counts(name: str, stack: ElementStack, storage: Storage) -> list[Finding]:
    """Negative, saturated and empty maps, and pictures of maps."""
    values = stack.values
    found = []
    below = np.mean(values < 0, axis=(0, 1))
    if (below > 0).any():
        worst = ", ".join(f"{n} {s:.1%}" for n, s in zip(stack.names, below, strict=True) if s > 0)
        found.append(
            Finding(
                Severity.WARNING if below.max() > _NEGATIVE else Severity.NOTE,
                "counts",
                (name,),
                f"negative counts: {worst} of the pixels",
                "fits give some where there is nothing; many speak of a wrong background or of "
                "a neighbouring line",
                "Look at the fit of these elements; the values are kept as they are.",
            )
        )
    if saturated := _saturated(stack, storage):
        found.append(
            Finding(
                Severity.WARNING,
                "counts",
                (name,),
                f"saturated: {'; '.join(saturated)}",
                "the strongest places are cut off at the largest number that the file can hold, "
                "or were when it was exported",
                "Export the maps again as 32-bit float.",
            )
        )
    if storage.dtype == "uint8":
        found.append(
            Finding(
                Severity.WARNING,
                "counts",
                (name,),
                "the maps are stored in 8 bits: a picture of the counts, not the counts",
                "weak elements are a few steps high, and elements cannot be compared",
                "Export the fitted peak areas as 32-bit float.",
            )
        )
    empty = [n for i, n in enumerate(stack.names) if np.ptp(values[..., i]) == 0]
    if empty:
        found.append(
            Finding(
                Severity.REFUSED,
                "counts",
                (name,),
                f"the same value everywhere: {', '.join(empty)}",
                "nothing can be learned from an empty map",
                "Leave out elements that were not found.",
            )
        )
    return found


def _saturated(stack: ElementStack, storage: Storage) -> list[str]:
    """Maps of which many pixels have the very largest value, and few come near it."""
    full = np.iinfo(storage.dtype).max if storage.dtype.startswith("uint") else None
    found = []
    for i, name in enumerate(stack.names):
        one = stack.values[..., i]
        most, least = float(one.max()), float(one.min())
        at_most = int(np.count_nonzero(one == most))
        close = int(np.count_nonzero(one >= most - 0.02 * (most - least))) - at_most
        if at_most < max(4, _SATURATED * one.size):
            continue
        is_limit = at_most > 5 * _SATURATED * one.size and at_most > 2 * close
        # a few counts at most: many pixels share the largest number by chance
        if most == full or (is_limit and most - least >= _FEW_COUNTS):
            found.append(f"{name}, {at_most / one.size:.1%} of the pixels at {most:g}")
    return found


def _noise(values: np.ndarray) -> np.ndarray:
    """Share of each map's variance that is noise between neighbours, (B,)."""
    if min(values.shape[:2]) < 3:
        return np.zeros(values.shape[-1])
    a, b, c, d = values[:-1, :-1], values[:-1, 1:], values[1:, :-1], values[1:, 1:]
    noise = np.mean(np.square((a - b - c + d) / 2, dtype=np.float64), axis=(0, 1))
    total = np.var(values, axis=(0, 1), dtype=np.float64)
    return np.asarray(noise / np.maximum(total, 1e-30))
