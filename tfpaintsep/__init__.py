"""Separate mixed X-radiographs of paintings with concealed designs.

Importing this package loads no TensorFlow, so that a command line answers at once;
the rooms that need it (`separation`, `training`, `export`) import it themselves.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tfpaintsep")
except PackageNotFoundError:  # a bare checkout on the path, not installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
