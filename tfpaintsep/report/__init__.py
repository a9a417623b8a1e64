"""What a person looks at after a run: figures, and one page that needs nothing beside it."""

from tfpaintsep.report.figures import contact_sheet, loss_curves, loss_curves_svg
from tfpaintsep.report.page import write_report
from tfpaintsep.report.pictures import Pictures

__all__ = ["Pictures", "contact_sheet", "loss_curves", "loss_curves_svg", "write_report"]
