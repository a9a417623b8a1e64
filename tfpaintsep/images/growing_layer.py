"""A computed layer too large for memory: a TIFF file that is written part by part."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tifffile

from tfpaintsep.files import replacing
from tfpaintsep.images.disk_space import reserve
from tfpaintsep.images.painting import Resolution
from tfpaintsep.images.patches import Slices
from tfpaintsep.images.writing import own_tags


@contextmanager
def growing_layer(
    path: Path, size: tuple[int, int], resolution: Resolution | None, description: str
) -> Iterator[Callable[[Slices, np.ndarray], None]]:
    """Write a computed image part by part, as `write_layer` writes a whole one.

    Args:
        path: In a folder that exists; it is there when all parts are.
        size: Height and width.
        resolution: That of the input.
        description: For the ImageDescription tag.

    Yields:
        A function that writes values, float32, to a part.
    """
    with replacing(path) as growing:
        tifffile.imwrite(
            growing,
            shape=size,
            dtype=np.float32,
            photometric="minisblack",
            **own_tags(resolution, description),
        )
        with growing.open("r+b") as file:
            reserve(file, growing.stat().st_size)
        with tifffile.TiffFile(growing) as tif:
            offset, dtype = tif.pages.first.dataoffsets[0], np.dtype(tif.byteorder + "f4")

        def write(part: Slices, values: np.ndarray) -> None:
            stored = np.memmap(growing, dtype, "r+", offset, size)
            stored[part] = values

        yield write
