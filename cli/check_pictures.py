"""The pictures of `tfpaintsep check`'s page."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfpaintsep.inspection import Inspection
    from tfpaintsep.report.check_page import CheckedPicture


def checked_pictures(inspection: "Inspection") -> list["CheckedPicture"]:
    """The files of an inspection as the page shows them."""
    from tfpaintsep.report.check_page import CheckedPicture

    pictures = []
    for file in inspection.files:
        pixel = file.resolution.pixel_size_mm if file.resolution else None
        pictures.append(
            CheckedPicture(
                file=inspection.label(file.name),
                role=str(file.role),
                facts=file.description,
                values=file.image.values if file.image else None,
                names=getattr(file.image, "names", ()),
                pixel_size_mm=pixel[0] if pixel else None,
            )
        )
    return pictures
