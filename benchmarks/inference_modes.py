"""By how much averaged patches, tiles and the whole image differ, and what each costs.

With L = 5 layers of 5x5 filters no pixel of a 50 px patch is free of its border, so averaged
patches (the paper) and the whole image are two different results; tiles that overlap by the
receptive field are the whole image again, up to rounding.

    python benchmarks/inference_modes.py RUN

RUN is a finished run folder of `train-sep`.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from tfpaintsep.images import Polarity, read_photograph, read_radiograph
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.separation.inference import Separated
from tfpaintsep.separation.serving import SeparationModel

MODES = {
    "whole image at once": {"mode": "whole", "tile": 100_000},
    "tiles of 128 px": {"mode": "whole", "tile": 128},
    "averaged patches, stride 25": {"mode": "patches", "stride": 25},
    "averaged patches, stride 5": {"mode": "patches", "stride": 5},
}


def main() -> None:
    """Run the comparison and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="run folder of train-sep")
    run = parser.parse_args().run
    inputs = RunFolder(run).read_provenance()["inputs"]
    model = SeparationModel(run)
    photograph = read_photograph(inputs["rgb"]["file"])
    radiograph = read_radiograph(
        inputs["xray"]["file"], Polarity(inputs["xray"]["polarity"]), model.gain
    )
    pixels = radiograph.values.size
    reference: Separated | None = None
    print("| | pixels/s | surface, RMS | concealed, RMS | largest |\n| --- |" + " --- |" * 4)
    model.separate(radiograph, photograph)  # loads it
    for title, changes in MODES.items():
        model.inference = model.inference.model_copy(update=changes)
        began = time.perf_counter()
        layers, _ = model.separate(radiograph, photograph)
        seconds = time.perf_counter() - began
        reference = reference or layers
        differences = [
            (a - b) / model.gain
            for a, b in (
                (layers.surface, reference.surface),
                (layers.concealed, reference.concealed),
            )
        ]
        figures = [float(np.sqrt(np.mean(np.square(d, dtype=np.float64)))) for d in differences]
        figures.append(max(float(np.abs(d).max()) for d in differences))
        cells = " | ".join(f"{figure:.2g}" for figure in figures)
        print(f"| {title} | {pixels / seconds:,.0f} | {cells} |", flush=True)
    print(f"\nDifferences from the first row, in units of the gain; {run.name}, {pixels:,} px.")


if __name__ == "__main__":
    main()
