"""How far the maps of several trainings lie apart."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tfpaintsep.images.element_maps import read_element_maps, write_element_maps
from tfpaintsep.images.element_stack import ElementStack
from tfpaintsep.runs.disagreement import CAPTIONS, SEEDS_OF_MAPS, rms_share, standard_deviation
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import stamp


def write_disagreement_of_seeds(
    folder: RunFolder, runs: Sequence[RunFolder], measured: ElementStack
) -> None:
    """Write how far the maps of several trainings lie apart, and note it in the run's record.

    Args:
        folder: The run folder.
        runs: Those of all trainings, finished.
        measured: The coarse maps, for the ranges of which the record gives shares.
    """
    seeds = [run.read_provenance()["seed"] for run in runs]
    maps = read_element_maps(folder.picture("maps"), allow_constant=True)
    spread = standard_deviation([run.picture("maps") for run in runs])
    spread = spread.reshape(maps.values.shape)  # a single map has no axis of its own
    unit = maps.unit or "the maps' units"
    what = f"{CAPTIONS[SEEDS_OF_MAPS]} {seeds}, in {unit}; no error bar"
    folder.disagreement.mkdir(exist_ok=True)
    write_element_maps(
        folder.disagreement / f"{SEEDS_OF_MAPS}.tif",
        replace(maps, values=spread, source=None, notes=()),
        description=stamp(what, folder.read_provenance()),
    )
    ranges = np.ptp(measured.values, axis=(0, 1))
    facts = {
        name: rms_share(spread[..., band], float(ranges[band]))
        for band, name in enumerate(measured.names)
    }
    folder.report.unlink(missing_ok=True)  # it does not show this yet
    folder.note_disagreement(seeds={"seeds": seeds, "rms": facts})
