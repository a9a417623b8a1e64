"""The methods of a benchmark: the project's own, and those of a user's file."""

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.methods import Method

from .case import Task


def known_methods(task: Task, added: Sequence[Path] = ()) -> dict[str, Method[Any]]:
    """All methods by name, in the table's order.

    Args:
        task: "sep" or "sr".
        added: Python files with more: each has a dictionary `METHODS` of `Method` by name.

    Raises:
        InputError: If a file cannot be loaded or repeats a name.
    """
    found: dict[str, Method[Any]] = {}
    if task == "sep":
        from tfpaintsep.evaluation.peers.separation import SEPARATION

        found.update(SEPARATION)
    else:
        from tfpaintsep.evaluation.peers.super_resolution import SUPER_RESOLUTION

        found.update(SUPER_RESOLUTION)
    for path in added:
        for name, method in _load(path).items():
            if name in found:
                raise InputError(
                    path,
                    expected="methods with names of their own",
                    found=f"{name}, which exists",
                    advice="Choose another name in METHODS.",
                )
            found[name] = method
    return found


def choose_methods(
    known: dict[str, Method[Any]], names: Iterable[str] | None
) -> dict[str, Method[Any]]:
    """Those of the names, or all, in the table's order.

    Raises:
        InputError: If a name means nothing.
    """
    if names is None:
        return known
    wanted = list(names)
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise InputError(
            "--methods",
            expected=f"names out of {', '.join(known)}",
            found=", ".join(unknown) or "none",
            advice="Choose some of these.",
        )
    return {name: method for name, method in known.items() if name in wanted}


def _load(path: Path) -> dict[str, Method[Any]]:
    try:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise ImportError("not a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        methods = dict(module.METHODS)
        if not all(isinstance(method, Method) for method in methods.values()):
            raise TypeError("METHODS holds something else")
    except Exception as error:  # whatever a user's own code may raise
        raise InputError(
            path,
            expected="a Python file with METHODS, a dictionary of "
            "tfpaintsep.evaluation.methods.Method by name",
            found=f"{type(error).__name__}: {error}",
            advice="Correct the file.",
        ) from error
    return methods
