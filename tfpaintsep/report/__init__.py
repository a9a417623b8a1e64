"""What a person looks at after a run: figures, and one page that needs nothing beside it."""

from tfpaintsep.report.element_figures import element_contact_sheet
from tfpaintsep.report.element_page import write_element_report
from tfpaintsep.report.element_pictures import ElementPictures
from tfpaintsep.report.figures import contact_sheet, loss_curves, loss_curves_svg
from tfpaintsep.report.page import write_report
from tfpaintsep.report.pictures import Pictures

__all__ = [
    "ElementPictures",
    "Pictures",
    "contact_sheet",
    "element_contact_sheet",
    "loss_curves",
    "loss_curves_svg",
    "write_element_report",
    "write_report",
]
