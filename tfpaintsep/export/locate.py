"""Model folders and their versions on disk, without TensorFlow."""

import errno
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfpaintsep.errors import InputError

METADATA = Path("assets.extra") / "model.json"


def versions(folder: Path) -> list[int]:
    """The version numbers below a model folder, ascending."""
    if not folder.is_dir():
        return []
    names = (child.name for child in folder.iterdir())
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def find_version(path: Path) -> Path:
    """The SavedModel meant by a path.

    Args:
        path: A run folder, a model folder with versions, or a version's folder.

    Returns:
        The folder that holds `saved_model.pb`; the newest of several versions.

    Raises:
        InputError: If there is none.
    """
    for candidate in (path, path / "saved_model"):
        if (candidate / "saved_model.pb").is_file():
            return candidate
        numbers = versions(candidate)
        if numbers and (candidate / str(numbers[-1]) / "saved_model.pb").is_file():
            return candidate / str(numbers[-1])
    begun = (path / "checkpoints").is_dir()
    raise InputError(
        path,
        expected="a run folder or a SavedModel folder",
        found="a run that was not finished"
        if begun
        else ("no saved_model.pb in it" if path.is_dir() else "no such folder"),
        advice="Go on with it: the command that trained, with --resume."
        if begun
        else "Give the folder that train-sep, train-sr or export has written.",
    )


def read_metadata(version: Path) -> dict[str, Any]:
    """What `assets.extra/model.json` says.

    Raises:
        InputError: If the SavedModel was not written by this package.
    """
    try:
        metadata = json.loads((version / METADATA).read_text())
        if not isinstance(metadata, dict):
            raise ValueError(f"a description is a dictionary. Received: {type(metadata)}")
    except (OSError, ValueError) as error:
        raise InputError(
            version / METADATA,
            expected="the description that tfpaintsep writes beside its models",
            found=type(error).__name__,
            advice="Give a model made by tfpaintsep.",
        ) from error
    return metadata


def copy_saved_model(source: Path, folder: Path) -> Path:
    """Copy a version's folder as the next version of another model folder.

    Raises:
        InputError: If the folder is one of models, or within a model.
    """
    children = folder.iterdir() if folder.is_dir() else ()
    if any(versions(child) for child in children if not child.name.startswith(".")):
        raise InputError(
            folder,
            expected="one model's folder, new or with its versions",
            found="a folder of models",
            advice=f"Give the model a name: {folder / 'NAME'}.",
        )
    if any((one / "saved_model.pb").is_file() for one in (folder, folder.parent)):
        raise InputError(
            folder,
            expected="one model's folder, new or with its versions",
            found="a place within a version of a model",
            advice="Give the folder above the versions.",
        )
    return add_version(folder, lambda target: shutil.copytree(source, target, dirs_exist_ok=True))


def add_version(folder: Path, fill: Callable[[Path], Any]) -> Path:
    """Fill a temporary folder and rename it: a server never sees half a version.

    Of several processes that add to one folder at once, each gets a number of its own: whoever
    is second to take a number takes the next one.

    Returns:
        The version's folder.

    Raises:
        InputError: If the model folder, or one above it, is a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(
            folder, expected="a folder", found="a file", advice="Choose another model folder."
        ) from error
    temporary = Path(tempfile.mkdtemp(prefix=".incomplete-", dir=folder))
    try:
        fill(temporary)
        temporary.chmod(0o755)
        return _rename_to_next(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _rename_to_next(temporary: Path, folder: Path) -> Path:
    while True:
        target = folder / str(max(versions(folder), default=0) + 1)
        try:
            return temporary.rename(target)
        except OSError as error:
            # A version that has come into being since is a folder with something in it, which
            # a rename never replaces. Anything else would fail the next time as well.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
