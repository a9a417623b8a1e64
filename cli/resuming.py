"""Beginning a run, or going on with the one that was interrupted."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfpaintsep.errors import InputError
from tfpaintsep.training.placement import Placement
from tfpaintsep.training.workers import Workers

from .configuration import Config, load_configuration
from .same_run import check_same_everywhere, check_same_run
from .seeds import check_seeds
from .tensorflow import load_quietly, quietly

if TYPE_CHECKING:
    from tfpaintsep.runs.folder import RunFolder


def check_flags(*, resume: bool, overwrite: bool) -> None:
    """Refuse two options that contradict each other.

    Raises:
        InputError: If both are given.
    """
    if resume and overwrite:
        raise InputError(
            "--resume",
            expected="one of --resume and --overwrite",
            found="both",
            advice="Leave one out.",
        )


def choose_configuration(
    kind: type[Config],
    family: str,
    preset: str,
    config: Path | None,
    settings: tuple[str, ...],
    resumed: Path | None,
    also: Sequence[str] = (),
) -> Config:
    """The configuration of a run: what the user asks for, or what an interrupted run has.

    Args:
        kind: The configuration's class.
        family: Folder of presets.
        preset: Name of the preset.
        config: The user's file.
        settings: The user's settings.
        resumed: The run folder to go on with, if `--resume` was given. Its own configuration
            is taken unless the user chose a preset, a file or settings: presets may have changed.
        also: Settings that other options of the command stand for; they win, but choose nothing.
    """
    source = click.get_current_context().get_parameter_source("preset")
    chosen = config or settings or source is not click.core.ParameterSource.DEFAULT
    if resumed and not chosen and _is_run_of(resumed, family):
        config = resumed / "config.yaml"
    return load_configuration(kind, family, preset, config, (*settings, *also))


def _is_run_of(path: Path, family: str) -> bool:
    """Whether there is a run to go on with, of the method that these presets belong to."""
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import method_of

    if not (path / "config.yaml").is_file():
        return False
    method = method_of(RunFolder(path).read_provenance())
    return method is not None and method.replace("-", "") == family


@contextmanager
def joined(placement: Placement | None) -> Iterator[Workers]:
    """Join the other workers, if there are any, and leave them only when all are done."""
    workers = Workers(placement)
    if workers.several:
        click.echo(f"Waiting for all of {', '.join(workers.names())}", err=True)
        load_quietly()
        with quietly():
            workers.join()
    yield workers
    workers.finish()


class Left(IntEnum):
    """What is left to do in a run folder."""

    NOTHING = 0
    REPORT = 1
    ALL = 2


def begin_or_resume(
    folder: "RunFolder",
    provenance: dict[str, Any],
    execute: Callable[[], object],
    *,
    inspect: Callable[[], list[str]],
    check: Callable[[], object],
    workers: Workers,
    resume: bool,
    overwrite: bool,
    seeds: int | None = None,
) -> bool:
    """Run `execute` in a run folder that is claimed now, or holds the same run already.

    Args:
        folder: The run folder.
        provenance: The record of this run, complete configuration included.
        execute: Trains and writes the results; called with TensorFlow loaded and the folder
            locked, and not at all where the results are already there.
        inspect: Looks longer at the inputs of a new run, in a thread while TensorFlow is loaded, so
            it must import nothing; what it remarks joins the record's findings.
        check: Refuses devices that will not do; called with TensorFlow loaded, before the folder
            is touched.
        workers: Who trains. The chief alone looks at the folder, and decides for all.
        resume: Whether an interrupted run may be gone on with.
        overwrite: Whether an earlier result may be replaced.
        seeds: How many trainings; by default as many as the resumed run was begun with, or one.

    Returns:
        Whether the report is left to be written: by the chief, and unless the run is finished.

    Raises:
        InputError: If the folder must not be written, or holds another run.
    """
    check_same_everywhere(provenance, workers)  # before the chief touches the folder
    with ExitStack() as held:

        def claim() -> Left:
            if not workers.is_chief:
                return Left.ALL
            resumed = resume and folder.exists
            if resumed:  # before the record is read, to which a run that goes on still adds
                held.enter_context(folder.in_use())
            begun = folder.read_provenance() if resumed else {}
            trainings = seeds or begun.get("trainings", 1)
            check_seeds(trainings, provenance["seed"], workers.placement)
            record = {**provenance, "trainings": trainings}
            if resumed:
                return _go_on(folder, record, check=check)
            _begin(folder, record, inspect=inspect, check=check, resume=resume, overwrite=overwrite)
            held.enter_context(folder.in_use())
            return Left.ALL

        left = Left(workers.chiefs(workers.agree(claim)))
        if left is Left.ALL:
            if not workers.is_chief:
                click.echo(f"{workers.describe_role()}; the chief writes the results.", err=True)
            execute()
    return workers.is_chief and left is not Left.NOTHING


def _go_on(folder: "RunFolder", provenance: dict[str, Any], *, check: Callable[[], object]) -> Left:
    """Judge what is left of a run whose folder is locked, and note how many trainings it has."""
    check_same_run(folder, provenance)
    if folder.read_provenance()["inputs"] != provenance["inputs"]:  # the same, but elsewhere
        folder.end(inputs=provenance["inputs"])
    trainings = provenance["trainings"]
    if trainings < folder.compared:
        raise InputError(
            "--seeds",
            expected=f"{folder.compared} or more, as the run in --out compares so many trainings",
            found=str(trainings),
            advice="Leave it out, or choose a new --out.",
        )
    left = Left.ALL
    if folder.has_trained(trainings):
        left = Left.NOTHING if folder.report.is_file() else Left.REPORT
    if left is Left.NOTHING:
        click.echo(f"{folder.path} is finished; nothing to resume.", err=True)
    else:
        load_quietly()
    if left is Left.ALL:
        check()
    if folder.read_provenance().get("trainings", 1) != trainings:
        folder.end(trainings=trainings)
    return left


def _begin(
    folder: "RunFolder",
    provenance: dict[str, Any],
    *,
    inspect: Callable[[], list[str]],
    check: Callable[[], object],
    resume: bool,
    overwrite: bool,
) -> None:
    """Check the folder and begin a new run."""
    from tfpaintsep.runs.folder import check_free, claim_folder

    if folder.exists and not folder.complete and not overwrite:
        raise InputError(
            folder.path,
            expected="a new or empty folder",
            found="a run that was interrupted",
            advice="Add --resume to go on with it, choose another --out, or add --overwrite to "
            "begin anew.",
        )
    check_free(folder.path, overwrite=overwrite)
    if resume:
        click.echo(f"Note: no run in {folder.path} to resume; a new one begins", err=True)
    with ThreadPoolExecutor(1) as beside:  # NumPy and SciPy leave Python to the import meanwhile
        inspected = beside.submit(inspect)
        load_quietly()
    remarks = inspected.result()
    say_findings(remarks)
    check()
    claim_folder(folder.path, overwrite=overwrite)
    findings = [*provenance["findings"], *remarks]
    folder.begin(provenance["configuration"], {**provenance, "findings": findings})


def say_findings(remarks: list[str]) -> None:
    """Tell the user what the inputs gave reason to remark."""
    for remark in remarks:
        click.echo(f"Note: {remark}", err=True)


def note_early_end(record: dict[str, Any]) -> None:
    """Say when the time was up before the schedule was."""
    steps, planned = record.get("steps"), record.get("planned_steps")
    if steps is not None and planned is not None and steps < planned:
        click.echo(
            f"Note: training.seconds ended the training after {steps} of {planned} steps.", err=True
        )
