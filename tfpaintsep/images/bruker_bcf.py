"""Bruker's hypermaps (`.bcf`): recognised, and refused with what to export instead.

A `.bcf` holds the spectrum of every pixel and pictures of the sample. RosettaSciIO, the library
that reads the format, gives just these two: a cube of spectra and the images of other detectors.
Element maps arise from a fit of the spectra, which is not done here, so that there is nothing
to read, with or without that library.

Reference:
    RosettaSciIO, "Bruker formats" (hyperspy.org/rosettasciio): `rsciio.bruker.file_reader` with
    `select_type` "spectrum_image" or "image".
"""

from pathlib import Path

from tfpaintsep.errors import InputError

MAGIC_NUMBER = b"AAMVHFSS"
"""Of the container (AidAim's Single File System) that a `.bcf` is."""


def no_maps_in_hypermap(path: Path) -> InputError:
    """The refusal of a `.bcf`.

    Args:
        path: The file.
    """
    return InputError(
        path,
        expected="element maps",
        found="a Bruker hypermap (.bcf): a spectrum for every pixel, which is still to be fitted",
        advice="In Esprit, export the deconvoluted maps, one TIFF or text file for each element; "
        "or export the spectra (RAW/RPL), fit them in PyMca or Datamuncher and give the result.",
    )
