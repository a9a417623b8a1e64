"""How far repeated estimates of one result differ: files in a run folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tifffile

from tfpaintsep.images.element_maps import read_element_maps
from tfpaintsep.images.reading import read_grey

from .disagreement_words import CAPTIONS, SEEDS_OF_MAPS
from .folder import RunFolder


def read_disagreement(folder: Path) -> dict[str, np.ndarray]:
    """The disagreement of repeated estimates that a run folder holds, in float32 TIFFs.

    Args:
        folder: The run folder.

    Returns:
        By file stem, in the order of `CAPTIONS`: (h, w) float32 for a layer, (s h, s w, B) for
        maps, in the unit (and order) of the run's own results. Empty if the run has none.

    Raises:
        InputError: If one of the files cannot be read.
    """
    paths = {name: RunFolder(folder).disagreement / f"{name}.tif" for name in CAPTIONS}
    return {
        name: read_element_maps(path, allow_constant=True).values
        if name == SEEDS_OF_MAPS
        else read_grey(path)
        for name, path in paths.items()
        if path.is_file()
    }


def standard_deviation(files: Sequence[Path]) -> np.ndarray:
    """How far results of several trainings lie apart at every pixel.

    Args:
        files: Two or more TIFFs of ours, alike in shape: a layer (h, w), or maps of elements.

    Returns:
        Their sample standard deviation (divisor n - 1), (h, w) or (h, w, B) float32. It is
        computed in float64, so that equal results give exactly 0.
    """

    def spread(planes: Sequence[np.ndarray]) -> np.ndarray:
        return np.std(np.stack(planes), axis=0, ddof=1, dtype=np.float64).astype(np.float32)

    results = [tifffile.memmap(path, mode="r") for path in files]
    if results[0].ndim == 2:
        return spread(results)
    # One map at a time: stacks are large.
    return np.stack([spread(planes) for planes in zip(*results, strict=True)], axis=-1)


def rms_share(values: np.ndarray, whole: float) -> float:
    """The root mean square of a disagreement as a share of the full scale."""
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))) / whole)
