"""One element map as a matrix of numbers in a text file: a line for each row of the image.

ImageJ writes it as "Text Image" (tabs between the columns), NumPy by `savetxt`, and
spreadsheets as CSV. Columns are separated by semicolons, tabs, commas or blanks, told by the
first line; there are no titles. The map's name is that of the file. The format has neither pixel
size nor unit.

Reference:
    ImageJ User Guide, File > Save As > Text Image; numpy.savetxt.
"""

import re
from pathlib import Path

from tfpaintsep.images.element_stack import RawMaps
from tfpaintsep.images.text_numbers import read_numbers, separator_in

BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t]*[-+]?(?:\d|\.\d|nan|inf)[^;\t,\r\n ]*[;\t, ]", re.I
)


def read_text_image(path: Path) -> RawMaps:
    """Read the one map of a file.

    Raises:
        ValueError: Lines differ in their number of columns, or hold something else than numbers.
    """
    with path.open(encoding="utf-8-sig") as file:
        separator = separator_in(file.readline())
        file.seek(0)
        return RawMaps(read_numbers(file, separator)[..., None])
