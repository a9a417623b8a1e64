"""Libraries that only the comparison needs, in an extra of their own."""

from importlib import import_module
from typing import Any

from tfpaintsep.errors import InputError


def benchmark_library(name: str) -> Any:
    """Import a module of the extra `benchmark`.

    Args:
        name: Of the module, dotted.

    Raises:
        InputError: If it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(
            name.partition(".")[0],
            expected="the libraries of the extra `benchmark`",
            found=str(error),
            advice='Install them: pip install "tfpaintsep[benchmark]"',
        ) from error
