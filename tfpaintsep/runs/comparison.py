"""Which runs of a folder can be compared, and in what they differ."""

import itertools
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfpaintsep.errors import InputError

from .folder import RunFolder
from .provenance import method_of

_MAIN = {"separation": "xray", "super-resolution": "xrf"}
_IDENTITY = ("file", "sha256", "size", "stored_dtype")


@dataclass(frozen=True)
class FinishedRun:
    """A run that came to its end.

    Attributes:
        name: Its path below the folder that was searched, with slashes.
        folder: Where it is.
        record: Its provenance.
        method: "separation" or "super-resolution".
    """

    name: str
    folder: RunFolder
    record: Mapping[str, Any]
    method: str

    @property
    def source(self) -> Mapping[str, Any]:
        """The record of the radiograph or the element maps."""
        facts: Mapping[str, Any] = self.record["inputs"][_MAIN[self.method]]
        return facts

    @property
    def painting(self) -> tuple[str, ...]:
        """What runs that can be compared have in common: the method and what it works upon.

        The photograph is not part of it: the same radiograph with a photograph registered
        otherwise is a comparison that a user wants.
        """
        facts = self.source
        names = facts.get("names") or ()
        return (self.method, str(facts["sha256"]), str(facts.get("group", "")), *map(str, names))

    @property
    def preset(self) -> str:
        """The preset and the file that the command line named, as far as it is recorded."""
        words = _words(str(self.record.get("command", "")))
        if len(words) < 2 or not words[1].startswith("train-"):
            return "–"
        named = dict(itertools.pairwise(words))
        named |= dict(word.split("=", 1) for word in words if "=" in word)
        file = named.get("--config")
        # A training that was added to a run has its configuration from there.
        unsaid = "–" if "--resume" in words else "fast"
        return named.get("--preset", unsaid) + (f" with {Path(file).name}" if file else "")

    def settings(self) -> dict[str, str]:
        """All that decides the result besides the radiograph or the maps themselves, as text."""
        found = {
            f"{section}.{name}": as_text(value)
            for section, fields in self.record["configuration"].items()
            for name, value in fields.items()
        }
        found |= {
            f"--{role}": f"{Path(facts['file']).name} ({facts['sha256'][:8]})"
            for role, facts in self.record["inputs"].items()
            if role != _MAIN[self.method]
        }
        found |= {k: as_text(v) for k, v in self.source.items() if k not in _IDENTITY}
        trainings = as_text(self.record.get("trainings", 1))
        return found | {"--seeds": trainings, "software": str(self.record.get("software", ""))}


@dataclass(frozen=True)
class LeftOut:
    """A run that is not compared, and why."""

    name: str
    reason: str


def find_runs(folder: Path) -> tuple[list[FinishedRun], list[LeftOut]]:
    """All finished runs of training below a folder, and what else calls itself a result.

    Nothing is looked for inside a run, nor in hidden folders; but of a run that was trained with
    several seeds, given itself, the trainings are compared.

    Returns:
        Both in the order of their names, numbers in them by size.

    Raises:
        InputError: If the folder is none, or a run that was trained once.
    """
    itself = RunFolder(folder)
    if not folder.is_dir() or (itself.exists and not itself.seeds.is_dir()):
        raise InputError(
            folder,
            expected="a folder with runs in it",
            found="a run itself" if itself.exists else "no such folder",
            advice="Give the folder above the runs.",
        )
    runs: list[FinishedRun] = []
    left_out: list[LeftOut] = []
    found_below = _run_folders(itself.seeds if itself.exists else folder)
    for path in itertools.chain([folder] if itself.exists else [], found_below):
        found = _judge(path, folder.name if path == folder else path.relative_to(folder).as_posix())
        if isinstance(found, FinishedRun):
            runs.append(found)
        else:
            left_out.append(found)
    return sorted(runs, key=lambda one: in_order(one.name)), sorted(
        left_out, key=lambda one: in_order(one.name)
    )


def _run_folders(folder: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if RunFolder(Path(path)).provenance.name in files:
            folders.clear()
            yield Path(path)


def same_painting(runs: Iterable[FinishedRun]) -> tuple[list[list[FinishedRun]], list[LeftOut]]:
    """Put together the runs that can be compared.

    Returns:
        Groups of two runs or more, the largest first, else in the order of their first runs; and
        the runs that have no other to be compared with.
    """
    groups: dict[tuple[str, ...], list[FinishedRun]] = {}
    for run in runs:
        groups.setdefault(run.painting, []).append(run)
    alone = [
        LeftOut(
            group[0].name,
            f"the only finished {group[0].method} of {Path(group[0].source['file']).name} "
            f"(SHA-256 {group[0].source['sha256'][:8]}…): another painting, or another method",
        )
        for group in groups.values()
        if len(group) == 1
    ]
    several = [group for group in groups.values() if len(group) > 1]
    return sorted(several, key=len, reverse=True), alone


def differing(settings: Sequence[Mapping[str, str]]) -> dict[str, tuple[str | None, ...]]:
    """The settings that are not the same in all runs.

    Args:
        settings: Of each run, as `FinishedRun.settings` gives them.

    Returns:
        By setting, in the order in which they first appear, its value in each run; None where
        a run has no such setting.
    """
    names = dict.fromkeys(name for one in settings for name in one)
    rows = {name: tuple(one.get(name) for one in settings) for name in names}
    return {name: values for name, values in rows.items() if len(set(values)) > 1}


def as_text(value: Any) -> str:
    """A setting as a person writes it in YAML; different values give different texts."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_text, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # of a record whose words were not yet quoted
        return command.split()


def in_order(name: str) -> list[tuple[int, str]]:
    """A key that sorts run-2 before run-10; different names have different keys."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), part) if i % 2 else (0, part) for i, part in enumerate(parts)]


def _judge(path: Path, name: str) -> FinishedRun | LeftOut:
    folder = RunFolder(path)
    try:
        record = folder.read_provenance()
    except InputError:
        return LeftOut(name, "its provenance.json cannot be read")
    method = method_of(record)
    configuration = record.get("configuration")
    if method is None or not isinstance(configuration, dict):
        return LeftOut(name, "no separation or super-resolution")
    if not all(isinstance(section, dict) for section in configuration.values()):
        return LeftOut(name, "a model was applied here, nothing trained")
    if "finished" not in record:
        return LeftOut(name, "not finished; the same command with --resume goes on with it")
    results = ("maps",) if method == "super-resolution" else ("surface", "concealed", "residual")
    missing = [f"{result}.tif" for result in results if not folder.picture(result).is_file()]
    if missing:
        return LeftOut(name, f"{', '.join(missing)} missing")
    return FinishedRun(name, folder, record, method)
