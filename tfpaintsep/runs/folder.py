"""The run folder: its layout, and the rule that nothing earlier is lost."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tfpaintsep.errors import InputError

from .provenance import write_json

_RECORDS = ("provenance.json", "painting.json", "transform.json")
"""By these the results of commands are known."""


class RunFolder:
    """Paths inside a run's folder.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.provenance = path / "provenance.json"
        self.config = path / "config.yaml"
        self.history = path / "history.csv"
        self.checkpoints = path / "checkpoints"
        self.tensorboard = path / "tensorboard"
        self.saved_model = path / "saved_model"
        self.report = path / "report.html"
        self.evaluation = path / "evaluation"
        self.disagreement = path / "disagreement"
        self.seeds = path / "seeds"

    def picture(self, name: str) -> Path:
        """The TIFF file of a result, "surface" or "maps" for instance."""
        return self.path / f"{name}.tif"

    @property
    def exists(self) -> bool:
        """Whether a run was begun here."""
        return self.provenance.is_file()

    @property
    def finished(self) -> bool:
        """Whether the run got to its end."""
        return self.exists and "finished" in self.read_provenance()

    def has_trained(self, trainings: int) -> bool:
        """Whether the run got to its end with so many trainings."""
        return self.finished and (trainings == 1 or self.compared == trainings)

    @property
    def compared(self) -> int:
        """How many trainings the disagreement is of; 0 where none are compared."""
        found = self.read_provenance().get("disagreement", {}).get("seeds", {})
        return len(found.get("seeds", ()))

    @property
    def complete(self) -> bool:
        """Whether all trainings that were asked for got to their end."""
        return self.exists and self.has_trained(self.read_provenance().get("trainings", 1))

    def check_finished(self) -> None:
        """Refuse a run that did not get to its end, and the folder of another command.

        Raises:
            InputError: If it is no finished result of a method.
        """
        record = self.read_provenance()
        if "finished" not in record:
            begun = "training" in record.get("configuration", {})
            raise InputError(
                self.path,
                expected="a finished run",
                found="a run that was not finished" if begun else "a folder that is no run's",
                advice="Go on with it: the same command with --resume."
                if begun
                else "Give a run's folder; an unfinished run goes on with --resume.",
            )

    def read_provenance(self) -> dict[str, Any]:
        """The record of the run.

        Raises:
            InputError: If there is none, or it cannot be read.
        """
        try:
            provenance = json.loads(self.provenance.read_text())
            if not isinstance(provenance, dict):
                raise ValueError(f"a record is a dictionary. Received: {type(provenance)}")
            return provenance
        except (OSError, ValueError) as error:
            raise InputError(
                self.path,
                expected="a run folder with provenance.json",
                found="no such file" if isinstance(error, OSError) else "an unreadable one",
                advice="Give the folder that a train command has written.",
            ) from error

    def begin(self, configuration: dict[str, Any], provenance: dict[str, Any]) -> None:
        """Create the folder with its configuration and record, in one step if it is new."""
        begun = place = self.path.resolve()  # where a link leads to, there or not
        if not place.exists():
            begun = place.with_name(f".{place.name}.{os.getpid()}.begun")
            begun.mkdir(parents=True, exist_ok=True)
        (begun / self.config.name).write_text(yaml.safe_dump(configuration, sort_keys=False))
        # Last, because it is what makes the folder a run.
        write_json(begun / self.provenance.name, provenance)
        if begun != place:
            begun.rename(place)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep other processes from writing to the folder.

        The lock is the operating system's and goes with the process, however it ends.

        Raises:
            InputError: If another process holds it.
        """
        folder = os.open(self.path, os.O_RDONLY)  # the folder itself is locked: no file is left
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise InputError(
                self.path,
                expected="a run folder that no other process writes to",
                found="one in use",
                advice="Wait for that run to end, or choose another --out.",
            ) from error
        finally:
            os.close(folder)

    def end(self, **facts: Any) -> None:
        """Add what is known at the end to the record."""
        write_json(self.provenance, {**self.read_provenance(), **facts})

    def note_disagreement(self, **facts: Any) -> None:
        """Add to the record how far "patches" or "seeds" disagree."""
        self.end(disagreement={**self.read_provenance().get("disagreement", {}), **facts})


def check_free(path: Path, *, overwrite: bool, ours: str = "provenance.json") -> None:
    """Make sure a result can be written to `path` without losing anything.

    Args:
        path: A folder that does not exist, is empty, or, with `overwrite`, holds an earlier
            result of ours.
        overwrite: The user's word that the earlier result may go.
        ours: The file by which a result of ours is known.

    Raises:
        InputError: If something is there that must not be overwritten.
    """
    present = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not present.is_dir():
        raise InputError(
            present, expected="a folder", found="a file", advice="Choose another name for --out."
        )
    if present != path:
        return
    if not any(path.iterdir()):
        return
    if not overwrite:
        raise InputError(
            path,
            expected="a new or empty folder",
            found="one with files in it",
            advice="Choose another --out, or add --overwrite to replace an earlier result.",
        )
    if Path.cwd().is_relative_to(path.resolve()):
        raise InputError(
            path,
            expected="a folder that can be replaced",
            found="the folder this command runs in",
            advice="Go to another folder first.",
        )
    if ours in _RECORDS and (others := _results_below(path)):
        raise InputError(
            path,
            expected="a result that holds no other one",
            found=f"{others[0].relative_to(path)} in it",
            advice="Move that elsewhere first, or choose another --out.",
        )
    if not (path / ours).is_file():
        raise InputError(
            path,
            expected=f"a result of tfpaintsep (with {ours}), which --overwrite may replace",
            found="other files",
            advice="Choose another --out; nothing was touched.",
        )


def _results_below(path: Path) -> list[Path]:
    """Folders of results that are no part of the one in `path`."""
    own = {path, *(path / "seeds").glob("*")}
    found = (record.parent for name in _RECORDS for record in path.rglob(name))
    return sorted(folder for folder in found if folder not in own)


def claim_folder(path: Path, *, overwrite: bool, ours: str = "provenance.json") -> None:
    """Check as `check_free` does, and remove the earlier result that may be replaced.

    It is moved aside first: killed at any moment, this leaves all of it there or nothing.

    Raises:
        InputError: As `check_free`, or if a run still writes to the folder.
    """
    check_free(path, overwrite=overwrite, ours=ours)
    if not path.exists() or not any(path.iterdir()):
        return
    with RunFolder(path).in_use():
        shutil.rmtree(_set_aside(path.resolve()))


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f".{path.name}.replaced")
    if aside.exists():
        shutil.rmtree(aside)
    return path.rename(aside)


@contextmanager
def new_result(path: Path, *, overwrite: bool, ours: str = "provenance.json") -> Iterator[Path]:
    """A hidden folder for a result, which gets its name when all of the result is there.

    An earlier result goes only then. If making the new one fails, nothing of it is left; if it
    cannot be put in its place, it stays whole where it was made.

    Args:
        path: The result's name, or a link to it.
        overwrite: As `check_free`.
        ours: As `check_free`; the result must hold it.

    Raises:
        InputError: As `check_free`, or if a run still writes to the folder.
    """
    check_free(path, overwrite=overwrite, ours=ours)
    place = path.resolve()
    made = place.with_name(f".{place.name}.{os.getpid()}.part")
    made.mkdir(parents=True)
    try:
        yield made
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    try:
        check_free(place, overwrite=overwrite, ours=ours)  # it may have been hours
        _put_in_place(made, place, ours)
    except (InputError, OSError) as error:
        raise InputError(
            path,
            expected="a place for the finished result",
            found=str(error),
            advice=f"The result is whole in {made}; move it to where you want it.",
        ) from error


def _put_in_place(made: Path, place: Path, ours: str) -> None:
    if Path.cwd() == place:  # empty; another folder of that name would not be where one stands
        for item in sorted(made.iterdir(), key=lambda item: item.name == ours):
            item.rename(place / item.name)
        made.rmdir()
        return
    if not place.exists() or not any(place.iterdir()):
        made.rename(place)  # takes the place of an empty folder
        return
    with RunFolder(place).in_use():
        aside = _set_aside(place)
        try:
            made.rename(place)
        except BaseException:
            aside.rename(place)
            raise
        shutil.rmtree(aside)
