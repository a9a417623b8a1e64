"""What makes a stack of element maps sound; every refusal names the element at fault."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.element_names import (
    is_element,
    normalised_name,
    repeated_names,
    select_maps,
)
from tfpaintsep.images.element_stack import ElementStack, RawMaps

FLOAT32_EXACT = 2**24
"""The largest count up to which float32 holds every whole number."""
SMALLEST_SIDE = 2
"""Pixels; fewer are no map but a line."""


def without_derived(path: Path, raw: RawMaps) -> RawMaps:
    """Leave out what is no map, by the names that the file gives.

    Raises:
        InputError: Nothing is left.
    """
    names = [normalised_name(name) for name in raw.names or ()]
    kept, notes = select_maps(names, only_elements=raw.from_fit)
    if not kept:
        raise InputError(
            path,
            expected="maps of fitted peak areas",
            found=", ".join(names),
            advice="Export the fitted areas, not their uncertainties or mass fractions.",
        )
    values = raw.values if len(kept) == len(names) else raw.values[..., kept]
    return replace(raw, values=values, names=tuple(names[i] for i in kept), notes=raw.notes + notes)


def checked_stack(path: Path, raw: RawMaps, *, allow_constant: bool = False) -> ElementStack:
    """The stack, if its names and values are sound.

    Args:
        path: The file or folder, for messages.
        raw: What it holds.
        allow_constant: Whether a map that is the same all over is noted, not refused.

    Raises:
        InputError: Names are missing or repeated, or values are no numbers, not finite or the
            same all over a map.
    """
    height, width, bands = raw.values.shape
    notes = raw.notes
    if raw.names is None:
        names = tuple(f"band-{i + 1}" for i in range(bands))
        notes += (
            f"the file names no elements: the maps are called {', '.join(names)}; --names NAME,"
            "NAME,... gives them others",
        )
    else:
        names = tuple(normalised_name(name) for name in raw.names)
        _check_names(path, names, bands)
        if other := [name for name in names if not is_element(name)]:
            notes += (f"not the name of an element and line: {', '.join(other)}",)
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(
            path,
            expected=f"maps of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} px",
            found=f"{height} x {width} px (height x width)",
            advice="Give maps, not a line of points.",
        )
    check_numbers(path, raw.values)
    if raw.values.dtype.kind in "ui" and np.abs(raw.values).max() > FLOAT32_EXACT:
        notes += ("counts above 16777216 are rounded to float32",)
    with np.errstate(over="ignore"):  # a float64 beyond float32 is counted as infinite below
        values = np.array(raw.values, dtype=np.float32, order="C")
    notes += _check_values(path, names, values, allow_constant)
    stored = raw.values.dtype.newbyteorder("=")
    return ElementStack(values, names, raw.unit, raw.resolution, path, notes, stored)


def _check_names(path: Path, names: tuple[str, ...], bands: int) -> None:
    if len(names) != bands:
        raise InputError(
            path,
            expected=f"{bands} names, one for each map",
            found=f"{len(names)}: {', '.join(names)}",
            advice="Give one name for each map, in their order.",
        )
    if missing := [str(i + 1) for i, name in enumerate(names) if not name]:
        raise InputError(
            path,
            expected="a name for each map",
            found=f"none for map {', '.join(missing)} of {bands}",
            advice="Label it in ImageJ (Image > Stacks > Set Label), or give all names.",
        )
    if repeated := repeated_names(names):
        raise InputError(
            path,
            expected="a different name for each map",
            found=f"{', '.join(repeated)} more than once in {', '.join(names)}",
            advice="Rename the maps, or take the copies out.",
        )


def check_numbers(path: Path, values: np.ndarray) -> None:
    """Refuse values that are no real numbers.

    Raises:
        InputError: They are complex, logical, text or objects.
    """
    if values.dtype.kind not in "uif":
        raise InputError(
            path,
            expected="numbers",
            found=f"values of type {values.dtype}",
            advice="Export the fitted peak areas again.",
        )


def _check_values(
    path: Path, names: tuple[str, ...], values: np.ndarray, allow_constant: bool
) -> tuple[str, ...]:
    """Refuse maps that are not finite or hold nothing; notes on what is kept."""
    bad, empty, negative = [], [], []
    n = values[..., 0].size
    for b, name in enumerate(names):
        one = values[..., b]
        if not np.isfinite(one).all():
            n_nan, n_inf = np.isnan(one).sum(), np.isinf(one).sum()
            bad.append(f"{name}: {n_nan} NaN and {n_inf} infinite of {n} values")
            continue
        if one.min() == one.max():
            empty.append(f"{name}: the same value, {one.min():g}, everywhere")
        if below := int((one < 0).sum()):
            negative.append(f"{name}: {below} of {n}, lowest {one.min():g}")
    if bad:
        raise InputError(
            path,
            expected="finite values",
            found="; ".join(bad),
            advice="Crop to the valid part or fill the gaps, then save again.",
        )
    if empty and not allow_constant:
        raise InputError(
            path,
            expected="maps with some content",
            found="; ".join(empty),
            advice="Leave out elements that were not found.",
        )
    kept = (("maps without content", empty), ("negative counts", negative))
    return tuple(f"{what} kept: {'; '.join(found)}" for what, found in kept if found)
