"""How far estimates of one pixel differ that were made from different surroundings."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import uniform_filter

from tfpaintsep.images.painting import Radiograph
from tfpaintsep.images.writing import write_layer
from tfpaintsep.runs.disagreement import rms_share, standard_deviation
from tfpaintsep.runs.disagreement_words import CAPTIONS
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import stamp

from .config import InferenceConfig
from .inference import Apply, Separated, estimate_patches

PATCH, STRIDE, BATCH = 50, 25, 16
"""Of the patches beside a whole separation: the paper's, four on a pixel, as costly as tiles."""


def with_spread(
    apply: Apply, images: dict[str, np.ndarray], layers: Separated, config: InferenceConfig
) -> Separated:
    """The layers with the spread that the configuration asks for.

    Where each pixel has one estimate only, it gets more, from patches which lack what lies beyond
    them: the network is the same everywhere, so nothing else can make a difference.

    Args:
        apply: As for `estimate_patches`.
        images: As for `estimate_patches`.
        layers: As separated; the whole image's count as one more estimate of every pixel.
        config: How they came about.

    Returns:
        The layers with the standard deviation of the estimates, its square averaged twice over
        one stride: in such a window every position in a patch counts the same, so that the grid of
        patches is not seen. Without it for an image no larger than a patch, and where
        `config.spread` is false.
    """
    spread, stride = layers.spread, config.stride
    if not config.spread:
        return replace(layers, spread=None)
    if spread is None:
        if min(layers.surface.shape) <= PATCH:
            return layers
        beside = InferenceConfig(mode="patches", patch=PATCH, stride=STRIDE, batch=BATCH)
        # Deviations from the layers are small, and float32 enough for their sums: half the memory.
        deviations = estimate_patches(
            *(apply, images, beside),
            title="Comparing patches",
            about={"surface": layers.surface, "concealed": layers.concealed},
            dtype=np.float32,
        )
        spread, stride = {}, STRIDE
        for name in list(deviations):
            each = deviations.pop(name)
            whole = np.broadcast_to(np.float32(0), (1, *layers.surface.shape))
            each.add(np.zeros((1, 2), int), whole)
            spread[name] = each.spread()
    return replace(layers, spread={name: _evened(each, stride) for name, each in spread.items()})


def write_spread(
    folder: RunFolder, layers: Separated, radiograph: Radiograph, config: InferenceConfig
) -> None:
    """Write the spread of patches, if there is one, and note it in the run's record.

    Args:
        folder: The run folder.
        layers: In the radiograph's own units.
        radiograph: The input.
        config: How the layers came about.
    """
    if layers.spread is None:
        return
    facts: dict[str, float] = {}
    for layer, values in layers.spread.items():
        _write(folder, f"{layer}_patches", values, radiograph)
        facts[layer] = rms_share(values, radiograph.gain)
    patch, stride = (config.patch, config.stride) if config.mode == "patches" else (PATCH, STRIDE)
    folder.note_disagreement(patches={"patch": patch, "stride": stride, "rms": facts})


def write_disagreement_of_seeds(
    folder: RunFolder, runs: Sequence[RunFolder], radiograph: Radiograph
) -> None:
    """Write how far the layers of several trainings lie apart, and note it in the run's record.

    Args:
        folder: The run folder.
        runs: Those of all trainings, finished.
        radiograph: The input.
    """
    seeds = [run.read_provenance()["seed"] for run in runs]
    facts: dict[str, float] = {}
    for layer in ("surface", "concealed"):
        spread = standard_deviation([run.picture(layer) for run in runs])
        _write(folder, f"{layer}_seeds", spread, radiograph, f" {seeds}")
        facts[layer] = rms_share(spread, radiograph.gain)
    folder.report.unlink(missing_ok=True)  # it does not show this yet
    folder.note_disagreement(seeds={"seeds": seeds, "rms": facts})


def _write(
    folder: RunFolder, name: str, values: np.ndarray, radiograph: Radiograph, of: str = ""
) -> None:
    folder.disagreement.mkdir(exist_ok=True)
    what = f"{CAPTIONS[name]}{of}, in the radiograph's units; no error bar"
    write_layer(
        folder.disagreement / f"{name}.tif",
        values,
        resolution=radiograph.resolution,
        description=stamp(what, folder.read_provenance()),
    )


def _evened(spread: np.ndarray, stride: int) -> np.ndarray:
    mean_square = uniform_filter(uniform_filter(np.square(spread), stride), stride)
    return np.sqrt(np.maximum(mean_square, 0, out=mean_square), out=mean_square)
