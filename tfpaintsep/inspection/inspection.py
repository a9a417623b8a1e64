"""All files of an examination, read and looked at, alone and together."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfpaintsep.images import ElementStack, Photograph, Radiograph
from tfpaintsep.images.element_maps import HDF5_SEPARATOR
from tfpaintsep.inspection.finding import Finding, Severity, gravest_first
from tfpaintsep.inspection.maps import on_maps
from tfpaintsep.inspection.pairs import (
    Pair,
    on_maps_and_photograph,
    on_radiograph_and_photograph,
)
from tfpaintsep.inspection.reading import CheckedFile, Role, read_file
from tfpaintsep.inspection.single import (
    lossy_finding,
    on_photograph,
    on_radiograph,
    reading_findings,
)


@dataclass(frozen=True, eq=False)
class Inspection:
    """What was found.

    Attributes:
        files: The files, in the order given.
        findings: The gravest first.
    """

    files: tuple[CheckedFile, ...]
    findings: tuple[Finding, ...]

    @property
    def is_usable(self) -> bool:
        """Whether nothing was refused."""
        return not self.count(Severity.REFUSED)

    def count(self, severity: Severity) -> int:
        """How many findings weigh so much."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def verdict(self) -> str:
        """The whole in one sentence."""
        refused, warnings = self.count(Severity.REFUSED), self.count(Severity.WARNING)
        if refused:
            return f"Cannot be used as they are: {_counted(refused, 'reason')}."
        if warnings:
            return f"Can be used; {_counted(warnings, 'warning')} to look at first."
        return "Fit for use."

    def label(self, name: str) -> str:
        """A file's name, with its folder's where another file has the same."""
        file, separator, group = name.partition(HDF5_SEPARATOR)
        path = Path(file)
        same = sum(other.path.name == path.name for other in self.files)
        shown = path.name if same < 2 else str(Path(path.parent.name) / path.name)
        return f"{shown}{separator}{group}"

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "usable": self.is_usable,
            "verdict": self.verdict,
            "files": [_facts(file) for file in self.files],
            "findings": [finding.as_dict() for finding in self.findings],
        }


def inspect_files(files: Iterable[tuple[Path, Role | None]]) -> Inspection:
    """Read files and look at each alone, and at those that belong together.

    A photograph belongs to every radiograph and every stack of maps, if it is the only one, or
    else to those in its own folder, if it is the only one there.

    Args:
        files: Each with what the user says it is, None to tell by its content.
    """
    read = [read_file(path, role) for path, role in files]
    found = [finding for file in read for finding in _alone(file)]
    photographs = [file for file in read if file.role is Role.PHOTOGRAPH]
    radiographs = [file for file in read if file.role is Role.RADIOGRAPH]
    if len(radiographs) > 1 and not photographs:
        found.append(
            Finding(
                Severity.NOTE,
                "pairing",
                tuple(file.name for file in radiographs),
                "pictures without colour, so all taken for radiographs; no photograph among them",
                advice="Give the photograph in colour; --rgb FILE says which it is.",
            )
        )
    for file in read:
        if file.role is Role.PHOTOGRAPH or not photographs:
            continue
        near = [one for one in photographs if one.path.parent == file.path.parent]
        mates = photographs if len(photographs) == 1 else near
        if len(mates) == 1:
            found += _together(file, mates[0])
        else:
            found.append(
                Finding(
                    Severity.NOTE,
                    "pairing",
                    (file.name,),
                    "not compared with a photograph: several are given, and it is not plain which "
                    "is its own",
                    advice="Give the files of one painting at a time.",
                )
            )
    return Inspection(tuple(read), tuple(gravest_first(found)))


def _alone(file: CheckedFile) -> list[Finding]:
    """Findings on one file, what it was refused for included."""
    found = list(file.refusals)
    image, name = file.image, file.name
    if isinstance(image, Radiograph):
        found += reading_findings(name, image.notes) + on_radiograph(name, image)
        if file.storage.lossy:
            found.append(lossy_finding(name))
    elif isinstance(image, Photograph):
        found += reading_findings(name, image.notes) + on_photograph(name, image, file.storage)
    elif image is not None:
        found += on_maps(name, image, file.storage)
    return found


def _together(file: CheckedFile, photograph: CheckedFile) -> list[Finding]:
    names = Pair(file.name, photograph.name)
    if not isinstance(photograph.image, Photograph):
        return []
    if isinstance(file.image, Radiograph):
        return on_radiograph_and_photograph(names, file.image, photograph.image)
    if isinstance(file.image, ElementStack):
        return on_maps_and_photograph(names, file.image, photograph.image)
    return []


def _facts(file: CheckedFile) -> dict[str, Any]:
    facts: dict[str, Any] = {"file": file.name, "role": str(file.role), "readable": False}
    if file.image is None:
        return facts
    pixel = file.resolution.pixel_size_mm if file.resolution else None
    facts |= {
        "readable": True,
        "size": list(file.image.size),
        "dtype": file.storage.dtype,
        "pixel_size_mm": list(pixel) if pixel else None,
        "profile": file.storage.profile,
    }
    if isinstance(file.image, ElementStack):
        facts |= {"names": list(file.image.names), "unit": file.image.unit}
    return facts


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
