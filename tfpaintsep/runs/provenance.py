"""What made a result: inputs with checksums, configuration, versions, seed, command."""

import hashlib
import json
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tfpaintsep import __version__
from tfpaintsep.errors import InputError
from tfpaintsep.files import write_text

LIBRARIES = ("tensorflow", "keras", "numpy", "tifffile", "PyWavelets", "scikit-image")


def checksum(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits.

    Of a folder it is that of the names and checksums of the files with maps in it; nothing else
    in a folder of maps is read.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    # Readers of pictures load slowly, and a wrong command line must be answered at once.
    from tfpaintsep.images.element_folder import map_files

    digest = hashlib.sha256()
    for child in sorted(map_files(path)):
        digest.update(f"{checksum(child)}  {child.name}\n".encode())
    return digest.hexdigest()


def describe_input(path: Path, **facts: Any) -> dict[str, Any]:
    """Where a file is, its checksum, and what else is known about it.

    Args:
        path: A file, a folder of maps, or `file.h5::/group`.
        facts: What else.
    """
    from tfpaintsep.images.element_maps import HDF5_SEPARATOR

    name, separator, group = str(path).partition(HDF5_SEPARATOR)
    file = Path(name).resolve()
    known = {"file": str(file), "sha256": checksum(file)} | ({"group": group} if separator else {})
    return {**known, **facts}


def find_input(facts: dict[str, Any]) -> Path:
    """The path of an input that is still what it was.

    Args:
        facts: As `describe_input` made them.

    Raises:
        InputError: If it is gone or changed.
    """
    from tfpaintsep.images.element_maps import HDF5_SEPARATOR

    file = Path(facts["file"])
    if not file.exists() or checksum(file) != facts["sha256"]:
        raise InputError(
            file,
            expected="the input this run was made from",
            found="another one" if file.exists() else "no such file",
            advice="Put it back; a train command takes its new place with --resume.",
        )
    return Path(f"{file}{HDF5_SEPARATOR}{facts['group']}") if "group" in facts else file


def method_of(provenance: dict[str, Any]) -> str | None:
    """Whose result it is: "separation", "super-resolution" or, of anything else, None."""
    inputs = provenance.get("inputs")
    roles = {"xray": "separation", "xrf": "super-resolution"}
    known = (roles[role] for role in inputs if role in roles) if isinstance(inputs, dict) else ()
    return next(iter(known), None)


def make_provenance(
    *,
    inputs: dict[str, dict[str, Any]],
    configuration: dict[str, Any],
    seed: int,
    arguments: list[str] | None = None,
) -> dict[str, Any]:
    """The record of a result, ready for JSON.

    Args:
        inputs: By role ("xray", "rgb", ...), as `describe_input` makes them.
        configuration: The complete configuration.
        seed: Seed of the run.
        arguments: The command line; this process's by default.
    """
    arguments = sys.argv if arguments is None else arguments
    return {
        "status": "computed hypothesis",
        "software": f"tfpaintsep {__version__}",
        "command": shlex.join([Path(arguments[0]).name, *arguments[1:]]),
        "started": now(),
        "inputs": inputs,
        "configuration": configuration,
        "seed": seed,
        "versions": {"python": platform.python_version(), **_library_versions()},
    }


def now() -> str:
    """The time, UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_json(path: Path, content: Any) -> None:
    """Write JSON in one step."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def stamp(what: str, provenance: dict[str, Any]) -> str:
    """The description of a computed picture, for its TIFF file."""
    sources = "; ".join(
        f"{role} {Path(facts['file']).name} sha256 {facts['sha256'][:16]}"
        for role, facts in provenance["inputs"].items()
    )
    return (
        f"Computed hypothesis: {what}. Made by {provenance['software']} "
        f"({provenance['command'].split()[1] if ' ' in provenance['command'] else 'library'}) "
        f"from {sources}; seed {provenance['seed']}; {provenance['started']}. "
        f"See provenance.json beside this file."
    )


def _library_versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a stripped environment: say nothing rather than guess
            continue
    return found
