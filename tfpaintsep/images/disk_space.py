"""Room on a disk for large files, found before anything is computed."""

import math
import os
import shutil
from pathlib import Path
from typing import IO, Any

import numpy as np

from tfpaintsep.errors import InputError


def check_room(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk has no room for: a mapped file ends the process there.

    Args:
        folder: Where files are to be.
        needed: Their bytes together.

    Raises:
        InputError: If less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            folder,
            expected=f"room for {needed / 1e9:.1f} GB",
            found=f"{free / 1e9:.1f} GB free",
            advice="Choose a folder on another disk, or make room.",
        )


def reserve(file: IO[bytes], size: int) -> None:
    """Give a file its bytes now, so that a full disk is an error here and not a death later.

    Raises:
        OSError: If the disk is full.
    """
    file.truncate(size)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)


def array_on_disk(
    file: IO[bytes], folder: Path, dtype: np.dtype, shape: tuple[int, ...]
) -> "np.memmap[Any, Any]":
    """A file as an array; its bytes are there before the first is written.

    Args:
        file: Open for reading and writing, empty.
        folder: Where it is.
        dtype: Of the array.
        shape: Of the array.

    Raises:
        InputError: If there is no room.
    """
    size = dtype.itemsize * math.prod(shape)
    check_room(folder, size)
    reserve(file, size)
    return np.memmap(file, dtype, "r+", 0, shape)
