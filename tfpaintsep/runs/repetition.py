"""Several trainings of one run that differ in their seed alone, and how far they disagree."""

from collections.abc import Callable, Sequence
from typing import Any

from .folder import RunFolder
from .provenance import now

Train = Callable[[RunFolder, int, str], object]
"""Trains into a folder that is already begun, with a seed, under a title."""


def train_all(folder: RunFolder, seeds: Sequence[int], train: Train) -> list[RunFolder]:
    """Train with each seed what is not yet finished.

    The first training is the run itself. Each further one has a complete run folder of its own
    inside, in `seeds/`, as the same command with that seed would write it.

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
            record = _with_seed(folder.read_provenance(), seed)
            own.begin(record["configuration"], record)
        train(own, seed, f"Training {number} of {len(seeds)}")
    return folders


def _with_seed(record: dict[str, Any], seed: int) -> dict[str, Any]:
    """The record of a further training at its beginning: what was decided, and another seed."""
    configuration = record["configuration"]
    configuration = configuration | {"training": configuration["training"] | {"seed": seed}}
    decided = ("status", "software", "command", "inputs", "versions", "findings")
    kept = {name: record[name] for name in decided if name in record}
    return kept | {"started": now(), "configuration": configuration, "seed": seed}
