"""A folder of TIFF files with one element map each."""

from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.decoding import MAGIC, identify, refusing_damage
from tfpaintsep.images.element_checks import check_numbers
from tfpaintsep.images.element_names import (
    is_derived,
    name_of_file,
    normalised_name,
    repeated_names,
    select_maps,
)
from tfpaintsep.images.element_stack import RawMaps
from tfpaintsep.images.element_tiff import SAVE_STACK, read_tiff_stack

TIFF_NUMBERS = {magic: kind for magic, kind in MAGIC.items() if kind == "tiff"}
NAME_FILES = "Name each file by its element and line, such as Fe_K.tif."


def read_map_folder(folder: Path) -> RawMaps:
    """Read one map from each TIFF file that is named by an element, in alphabetical order.

    Args:
        folder: Files with other names, and uncertainties and mass fractions by their names, are
            left out with a note.

    Raises:
        InputError: No file is named by an element, two are by the same one, or one of them
            cannot be read, is no single map or differs in size from the first.
    """
    files = sorted(
        (p for p in folder.iterdir() if p.suffix.lower() in (".tif", ".tiff") and p.is_file()),
        key=lambda p: p.name.casefold(),
    )
    files = [p for p in files if not p.name.startswith(".")]
    names = [name_of_file(p) for p in files]
    kept, notes = select_maps(names, only_elements=True)
    if not kept:
        raise InputError(
            folder,
            expected="a folder of TIFF files named by element, such as Fe_K.tif",
            found=", ".join(p.name for p in files[:5]) or "no TIFF file",
            advice=f"{NAME_FILES} Fit results in HDF5 are given by the file's own name.",
        )
    files, names = [files[i] for i in kept], [names[i] for i in kept]
    if repeated := repeated_names(names):
        same = [p.name for p, name in zip(files, names, strict=True) if name in repeated]
        raise InputError(
            folder,
            expected="one map for each element",
            found=f"several files for {', '.join(repeated)} ({', '.join(same)})",
            advice="Keep the maps of one fit in a folder of their own.",
        )
    maps = [_read_map(p) for p in files]
    for file, one in zip(files, maps, strict=True):
        _check_folder_map(file, one, files[0], maps[0])
    resolutions = [one.resolution for one in maps]
    resolution = next((r for r in resolutions if r is not None), None)
    if any(r != resolution for r in resolutions):
        notes += ("the files' resolution tags differ or are missing: the first ones are kept",)
    notes += tuple(f"{p.name}: {note}" for p, one in zip(files, maps, strict=True)
                   for note in one.notes)  # fmt: skip
    values = np.concatenate([one.values for one in maps], axis=-1)
    return RawMaps(values, tuple(names), resolution, maps[0].unit, notes=notes)


def _read_map(file: Path) -> RawMaps:
    with refusing_damage(file, identify(file, TIFF_NUMBERS, "a TIFF image", SAVE_STACK)):
        return read_tiff_stack(file)


def _check_folder_map(file: Path, one: RawMaps, first_file: Path, first: RawMaps) -> None:
    """A single map of the size of the first one, and not an uncertainty by its title."""
    height, width, bands = one.values.shape
    title = normalised_name(one.names[0]) if one.names else ""
    if bands != 1 or is_derived(title):
        raise InputError(
            file,
            expected="the map of one element",
            found=f"a map titled {title}" if bands == 1 else f"a stack of {bands} maps",
            advice="Take it out of the folder, or give the stack by its own name.",
        )
    if one.values.shape != first.values.shape:
        raise InputError(
            file,
            expected=f"{first.values.shape[0]} x {first.values.shape[1]} px "
            f"(height x width), as {first_file.name} has",
            found=f"{height} x {width} px",
            advice="Maps of one scan have one size: check where this one comes from.",
        )
    check_numbers(file, one.values)
