"""A folder of files with one element map each: TIFF, EDF or matrices of numbers as text.

PyMca's batch fit fills a folder `IMAGES` so, with whichever kinds of file the user chose, so that
several may hold the same maps; one kind is read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images import edf, text_image
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
from tfpaintsep.images.file_kinds import MAGIC, identify
from tfpaintsep.images.refusals import refusing_damage

TIFF_NUMBERS = {magic: kind for magic, kind in MAGIC.items() if kind == "tiff"}
NAME_FILES = "Name each file by its element and line, such as Fe_K.tif."


@dataclass(frozen=True)
class _Kind:
    """A kind of file that holds one map: its endings, how it begins, what reads it."""

    name: str
    expected: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], RawMaps]
    magic_numbers: Mapping[bytes, str] = field(default_factory=dict)
    beginnings: Mapping[re.Pattern[bytes], str] = field(default_factory=dict)


_KINDS = (
    _Kind("TIFF", "a TIFF image", (".tif", ".tiff"), read_tiff_stack, magic_numbers=TIFF_NUMBERS),
    _Kind("EDF", "an EDF image", (".edf",), edf.read_edf, beginnings={edf.BEGINNING: "edf"}),
    _Kind(
        "text",
        "a matrix of numbers as text, without titles",
        (".csv", ".txt", ".dat"),
        text_image.read_text_image,
        beginnings={text_image.BEGINNING: "text"},
    ),
)
"""In the order of preference."""


def map_files(folder: Path) -> list[Path]:
    """The files of a folder that count as its maps, in alphabetical order.

    They are those of the first kind (TIFF, EDF, text) of which one is named by an element, with
    others of that kind; without any such, the TIFF files.

    Args:
        folder: Hidden files are passed over.
    """
    return _files_of(folder, _kind_of(folder))


def read_map_folder(folder: Path) -> RawMaps:
    """Read one map from each file that is named by an element, in alphabetical order.

    Args:
        folder: Files with other names, and uncertainties and mass fractions by their names, are
            left out with a note, and so are maps in files of a second kind.

    Raises:
        InputError: No file is named by an element, two are by the same one, or one of them
            cannot be read, is no single map or differs in size from the first.
    """
    kind = _kind_of(folder)
    files = _files_of(folder, kind)
    names = [name_of_file(p) for p in files]
    kept, notes = select_maps(names, only_elements=True)
    if not kept:
        there = [p.name for other in _KINDS for p in _files_of(folder, other)]
        raise InputError(
            folder,
            expected="a folder of TIFF, EDF or text files named by element, such as Fe_K.tif",
            found=", ".join(there[:5]) or "no TIFF file, nor EDF or text",
            advice=f"{NAME_FILES} A table, stack or fit in one file is given by its own name.",
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
    maps = [_read_map(p, kind) for p in files]
    for file, one in zip(files, maps, strict=True):
        _check_folder_map(file, one, files[0], maps[0])
    resolutions = [one.resolution for one in maps]
    resolution = next((r for r in resolutions if r is not None), None)
    if any(r != resolution for r in resolutions):
        notes += ("the files' resolution tags differ or are missing: the first ones are kept",)
    others = [other.name for other in _KINDS if other is not kind and _has_maps(folder, other)]
    if others:
        notes += (f"read from the {kind.name} files; maps as {' and '.join(others)} are there too",)
    notes += tuple(f"{p.name}: {note}" for p, one in zip(files, maps, strict=True)
                   for note in one.notes)  # fmt: skip
    values = np.concatenate([one.values for one in maps], axis=-1)
    return RawMaps(values, tuple(names), resolution, maps[0].unit, notes=notes)


def _kind_of(folder: Path) -> _Kind:
    return next((kind for kind in _KINDS if _has_maps(folder, kind)), _KINDS[0])


def _has_maps(folder: Path, kind: _Kind) -> bool:
    names = [name_of_file(p) for p in _files_of(folder, kind)]
    return bool(select_maps(names, only_elements=True)[0])


def _files_of(folder: Path, kind: _Kind) -> list[Path]:
    return sorted(
        (
            p
            for p in folder.iterdir()
            if p.suffix.lower() in kind.suffixes and p.is_file() and not p.name.startswith(".")
        ),
        key=lambda p: p.name.casefold(),
    )


def _read_map(file: Path, kind: _Kind) -> RawMaps:
    name = identify(file, kind.magic_numbers, kind.expected, SAVE_STACK, kind.beginnings)
    with refusing_damage(file, name):
        return kind.read(file)


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
