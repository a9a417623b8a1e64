"""Datamuncher's element maps (`.dms`).

    2                        number of dimensions less one
    182 173 28               columns, rows, maps
    ...                      float32, little-endian: map after map, row after row
    Cl-K                     a name for each map
    Ca-Ka
    ...

Every line may have blanks around it and end in LF or CR LF. The author's page states the order
of the parts, and calls the values a raw dump; that these are float32, map after map, is what the
programs that exchange such files with it do. It is checked by the file's length: with any other
size of the values the names would not follow them. The format has neither pixel size nor unit
nor a mark of which side is up: the first row is taken for the top one.

Reference:
    M. Alfeld, K. Janssens, "Strategies for processing mega-pixel X-ray fluorescence hyperspectral
    data", J. Anal. At. Spectrom. 30 (2015); "File formats" in the wiki of
    sourceforge.net/p/datamuncher; XRF-Explorer (github.com/olive-groves/xrf-explorer) and
    raw-rpl-dms-tools (github.com/olive-groves/raw-rpl-dms-tools), which read and write `.dms`.
"""

import re
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.element_names import names_an_element
from tfpaintsep.images.element_stack import RawMaps

BEGINNING = re.compile(rb"[ \t]*2[ \t]*\r?\n[ \t]*\d+[ \t]+\d+[ \t]+\d+[ \t]*\r?\n")
VALUE = np.dtype("<f4")


def read_datamuncher(path: Path) -> RawMaps:
    """Read all maps of a `.dms` file.

    Raises:
        InputError: There is not a name for each map.
        ValueError: The file is shorter than its second line says.
    """
    with path.open("rb") as file:
        file.readline()
        width, height, bands = (int(size) for size in file.readline().split())
        start = file.tell()
        count = width * height * bands
        end, size = start + count * VALUE.itemsize, path.stat().st_size
        if end > size:
            raise ValueError(
                f"{bands} maps of {height} x {width} px end at byte {end}, the file at byte {size}"
            )
        planes = np.fromfile(file, VALUE, count).reshape(bands, height, width)
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    names = tuple(line.strip() for line in lines if line.strip())
    if len(names) != bands or not all(name.isprintable() for name in names):
        raise InputError(
            path,
            expected=f"the names of {bands} maps behind their values",
            found=f"{len(names)} lines, {''.join(names)[:40]!a}",
            advice="Save it in Datamuncher again as .dms, or export the maps as TIFF.",
        )
    return RawMaps(
        np.moveaxis(planes, 0, -1),
        names,
        from_fit=names_an_element(names),
        notes=("the first row of the file is taken for the top one: .dms does not say",),
    )
