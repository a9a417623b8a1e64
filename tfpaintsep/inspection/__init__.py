"""Whether files are fit for what is to be computed from them, in words."""

from tfpaintsep.inspection.finding import Finding, Severity
from tfpaintsep.inspection.inspection import Inspection, inspect_files
from tfpaintsep.inspection.reading import CheckedFile, Role

__all__ = ["CheckedFile", "Finding", "Inspection", "Role", "Severity", "inspect_files"]
