"""A simulated painting on disk, in the layout that `evaluate` and `benchmark` read."""

import json
import os
from pathlib import Path

import numpy as np

from tfpaintsep import __version__
from tfpaintsep.files import write_text
from tfpaintsep.images import write_element_maps
from tfpaintsep.images.painting import Resolution
from tfpaintsep.images.writing import write_8bit, write_16bit
from tfpaintsep.simulation.painting import SimulatedPainting
from tfpaintsep.simulation.stack import PIXELS_PER_CM


def write_painting(painting: SimulatedPainting, folder: str | os.PathLike[str]) -> None:
    """Write a painting's pictures, and under `truth/` what is known of it.

    `rgb.tif`, 8-bit, and `xray.tif`, `truth/surface.tif` and `truth/concealed.tif`, 16-bit; the
    stacks `maps.tif` and `truth/maps.tif`, float32, all with their pixel size; `painting.json`.
    Each file is written whole or not at all; `painting.json` comes last, so a folder that has it
    is complete.

    Args:
        painting: The painting.
        folder: Where to write; made if it is not there.

    Raises:
        OSError: If the folder cannot be written.
    """
    folder = Path(folder)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    resolution = Resolution(PIXELS_PER_CM, PIXELS_PER_CM, "centimeter")
    made = f"simulated painting, seed {painting.metadata.get('seed')}, tfpaintsep {__version__}"
    rgb = np.rint(255.0 * painting.rgb).astype(np.uint8)
    write_8bit(folder / "rgb.tif", rgb, resolution, f"{made}: photograph")
    for name, values in (
        ("xray", painting.mixture),
        ("truth/surface", painting.surface),
        ("truth/concealed", painting.concealed),
    ):
        write_16bit(folder / f"{name}.tif", values, resolution, f"{made}: {Path(name).name}")
    for name, stack in (("maps", painting.maps), ("truth/maps", painting.known_maps)):
        what = "element maps without noise" if name.startswith("truth") else "scanned element maps"
        write_element_maps(folder / f"{name}.tif", stack, description=f"{made}: {what}")
    record = {"made_by": f"tfpaintsep {__version__}", **painting.metadata}
    write_text(folder / "painting.json", json.dumps(record, indent=2) + "\n")
