"""`--seeds N`: several trainings that differ in their seed alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tfpaintsep.errors import InputError
from tfpaintsep.training.placement import Placement
from tfpaintsep.training.workers import Workers

if TYPE_CHECKING:
    from tfpaintsep.runs.folder import RunFolder

LARGEST = 2**31 - 1
"""Of the seeds that a configuration takes."""


def check_seeds(seeds: int, first: int, placement: Placement | None) -> None:
    """Refuse what cannot be trained.

    Raises:
        InputError: If several machines train, or seeds would become too large.
    """
    if seeds == 1:
        return
    if placement and placement.cluster:
        raise InputError(
            "--seeds",
            expected="one machine: trainings follow one another in one process",
            found=f"{len(placement.cluster.addresses)} workers",
            advice="Leave out TF_CONFIG, or leave out --seeds and start each seed by itself with "
            "--set training.seed=N.",
        )
    if first + seeds - 1 > LARGEST:
        raise InputError(
            "--seeds",
            expected=f"seeds of {LARGEST} at most",
            found=f"{seeds} seeds from {first} on",
            advice="Set a smaller training.seed.",
        )


def with_seed(configuration: Any, seed: int) -> Any:
    """The same configuration with another seed."""
    training = configuration.training.model_copy(update={"seed": seed})
    return configuration.model_copy(update={"training": training})


def train_seeds(
    folder: "RunFolder",
    configuration: Any,
    train: Callable[["RunFolder", int, str], object],
    workers: Workers,
) -> list["RunFolder"]:
    """Run the trainings that the run folder's record asks for and are not yet finished.

    Args:
        folder: The run folder, which only the chief has.
        configuration: The first training's.
        train: Trains into a folder, with a seed, under a title.
        workers: Who trains.

    Returns:
        The folders of all trainings; the run itself is the first.
    """
    from tfpaintsep.runs.repetition import train_all

    first = configuration.training.seed
    count = folder.read_provenance().get("trainings", 1) if workers.is_chief else 1
    runs = train_all(folder, range(first, first + count), train)
    made = list(folder.read_provenance().get("trained_with", {}).values()) if len(runs) > 1 else []
    if any(one != made[0] for one in made):
        click.echo(
            "Note: the trainings were made by different versions of the software, so not only "
            "the seed makes them differ (trained_with in provenance.json)",
            err=True,
        )
    return runs


def say_disagreement(record: dict[str, Any], whole: str) -> None:
    """Say how far the estimates of a run disagree, as a share of what, and where that is seen."""
    found = record.get("disagreement", {})
    kinds = {"patches": "overlapping patches", "seeds": "trainings"}
    for kind, title in kinds.items():
        if kind in found:
            of = f"{len(found[kind]['seeds'])} {title}" if kind == "seeds" else title
            shares = ", ".join(f"{name} {share:.2%}" for name, share in found[kind]["rms"].items())
            click.echo(f"Disagreement of {of}, no error bar: {shares} of {whole} (disagreement/)")
