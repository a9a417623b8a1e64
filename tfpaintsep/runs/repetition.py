"""Several trainings of one run that differ in their seed alone, and how far they disagree."""

from collections.abc import Callable, Sequence
from typing import Any

from .folder import RunFolder
from .provenance import make_provenance

Train = Callable[[RunFolder, int, str], object]
"""Trains into a folder that is already begun, with a seed, under a title."""


def train_all(folder: RunFolder, seeds: Sequence[int], train: Train) -> list[RunFolder]:
    """Train with each seed what is not yet finished.

    The first training is the run itself. Each further one has a complete run folder of its own
    inside, in `seeds/`, as the same command with that seed would write it. What each was made
    with goes into the run's record: one that is added later may have met other versions.

    Args:
        folder: The run folder, already begun.
        seeds: Those of all trainings.
        train: Trains one of them.

    Returns:
        The folders of all trainings.
    """
    if len(seeds) == 1:
        train(folder, seeds[0], "Training")
        return [folder]
    folders = [folder, *(RunFolder(folder.seeds / str(seed)) for seed in seeds[1:])]
    for number, (own, seed) in enumerate(zip(folders, seeds, strict=True), 1):
        if own.finished:
            continue
        if not own.exists:
            record = _further_training(folder.read_provenance(), seed)
            own.begin(record["configuration"], record)
        train(own, seed, f"Training {number} of {len(seeds)}")
    folder.end(
        trained_with={
            str(seed): {name: record[name] for name in ("software", "versions") if name in record}
            for seed, record in zip(seeds, (own.read_provenance() for own in folders), strict=True)
        }
    )
    return folders


def _further_training(record: dict[str, Any], seed: int) -> dict[str, Any]:
    """The record of a further training at its beginning: what was decided, and made by what now."""
    configuration = record["configuration"]
    configuration = configuration | {"training": configuration["training"] | {"seed": seed}}
    made = make_provenance(inputs=record["inputs"], configuration=configuration, seed=seed)
    return made | {name: record[name] for name in ("findings",) if name in record}
