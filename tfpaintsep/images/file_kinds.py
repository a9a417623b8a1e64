"""Files told apart by how they begin: a name ending means nothing."""

import re
from collections.abc import Mapping
from pathlib import Path

from tfpaintsep.errors import InputError
from tfpaintsep.images.refusals import EXPORT_AGAIN

MAGIC = {
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",  # BigTIFF
    b"MM\0+": "tiff",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
}
KINDS = "a TIFF, PNG or JPEG image"


def identify(
    path: Path,
    magic_numbers: Mapping[bytes, str] = MAGIC,
    expected: str = KINDS,
    advice: str = "Export the image as TIFF.",
    beginnings: Mapping[re.Pattern[bytes], str] | None = None,
) -> str:
    """The kind of file, by its first bytes.

    Args:
        path: The file.
        magic_numbers: How a file of each kind begins.
        expected: Those kinds in words.
        advice: What to do with a file of another kind.
        beginnings: Patterns that match the beginning of files of kinds without a magic number.

    Raises:
        InputError: The file is missing, a folder, empty or of another kind.
    """
    if path.is_dir():
        raise InputError(path, expected=expected, found="a folder", advice="Name one file.")
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except FileNotFoundError:
        raise InputError(
            path, expected=expected, found="no such file", advice="Check the name and the folder."
        ) from None
    except OSError as error:
        found = f"a file that cannot be opened ({error.strerror})"
        raise InputError(
            path, expected=expected, found=found, advice="Check its rights."
        ) from error
    if not head:
        raise InputError(path, expected=expected, found="an empty file", advice=EXPORT_AGAIN)
    for magic, kind in magic_numbers.items():
        if head.startswith(magic):
            return kind
    for pattern, kind in (beginnings or {}).items():
        if pattern.match(head):
            return kind
    is_text = b"\0" not in head and all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
    found = "a text file" if is_text else "another kind of file, whatever its name says"
    raise InputError(path, expected=expected, found=found, advice=advice)
