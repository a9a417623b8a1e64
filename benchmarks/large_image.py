"""Time and memory of `tfpaintsep separate` over the size of the radiograph, and whether parts show.

    python benchmarks/large_image.py --model RUN --work FOLDER
        [--megapixels 1 4 16 64 400] [--strip 100000 2000]

Each radiograph (16-bit, BigTIFF) with its photograph (8-bit) is a simulated painting, mirrored
side by side and with slowly varying strength, so that no two places are equal. The command runs
in a process of its own, whose peak of memory the operating system tells. WORK keeps what is
separated, about 25 bytes for each pixel, until the size is measured. Before that one radiograph
of 3000 x 2600 px is separated whole and part by part.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile

from tfpaintsep.cli.main import cli
from tfpaintsep.images import on_disk
from tfpaintsep.simulation import SimulatedPainting, demo_painting

UNIT = 1000
"""Side of the painting that is repeated, pixels."""

LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Small, because a process begins with the peak of the one that starts it."""

PICTURES = ("surface", "concealed", "mixture", "residual")


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="run folder of train-sep")
    parser.add_argument("--work", type=Path, required=True, help="on a disk with room")
    parser.add_argument("--megapixels", type=float, nargs="*", default=[1, 4, 16, 64, 400])
    parser.add_argument("--strip", type=int, nargs=2, default=None, help="height and width")
    a = parser.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    unit = demo_painting((UNIT, UNIT))
    print(seams(a.model, a.work, unit), flush=True)
    sides = [round(np.sqrt(1e6 * megapixels)) for megapixels in a.megapixels]
    sizes = [(side, side) for side in sides] + ([tuple(a.strip)] if a.strip else [])
    print("\n| size, px | megapixels | s | s / megapixel | peak of memory, GB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    measured = []
    for size in sizes:
        files = paint(a.work, size, unit)
        pixels = size[0] * size[1] / 1e6
        seconds, memory = separated(a.model, files, a.work / "out")
        measured.append((pixels, seconds, memory))
        print(
            f"| {size[0]} x {size[1]} | {pixels:.0f} | {seconds:.0f} | {seconds / pixels:.2f} "
            f"| {memory:.2f} |",
            flush=True,
        )
        for file in files:
            file.unlink()
    # Straight lines in logarithms: time is start + slope, so small sizes say little.
    streamed = [row for row in measured if row[0] * 1e6 >= on_disk.LARGE]
    if len(streamed) > 1:
        pixels, seconds, memory = np.log(np.array(streamed)).T
        time_slope, memory_slope = (np.polyfit(pixels, y, 1)[0] for y in (seconds, memory))
        print(
            f"\nRead part by part (from {on_disk.LARGE / 1e6:.0f} megapixels on): time as pixels^"
            f"{time_slope:.2f}, memory as pixels^{memory_slope:.2f}."
        )


def paint(folder: Path, size: tuple[int, int], unit: SimulatedPainting) -> tuple[Path, Path]:
    """A radiograph and a photograph of that size, written row by row of paintings."""
    xray, rgb = folder / "xray.tif", folder / "rgb.tif"
    tifffile.imwrite(
        xray, shape=size, dtype=np.uint16, bigtiff=True, photometric="minisblack", metadata=None
    )
    tifffile.imwrite(
        rgb, shape=(*size, 3), dtype=np.uint8, bigtiff=True, photometric="rgb", metadata=None
    )
    mixture, colours = mirrored(unit.mixture), mirrored((255 * unit.rgb + 0.5).astype(np.uint8))
    for rows in bands(size[0]):
        length = rows.stop - rows.start
        columns = np.arange(size[1]) % (2 * UNIT)
        strength = 0.85 + 0.15 * np.sin(np.arange(size[1]) / 7000 + rows.start / 3000)
        for file, image, varied in ((xray, mixture, True), (rgb, colours, False)):
            values = image[:length][:, columns]
            if varied:
                values = (values * strength).astype(np.uint16)
            stored = tifffile.memmap(file)
            stored[rows] = values
            del stored
    return xray, rgb


def mirrored(image: np.ndarray) -> np.ndarray:
    """Twice as high and wide, without edges when repeated."""
    image = np.concatenate([image, image[::-1]])
    return np.concatenate([image, image[:, ::-1]], axis=1)


def bands(height: int) -> Iterator[slice]:
    """Rows of a pair of paintings at a time."""
    for first in range(0, height, 2 * UNIT):
        yield slice(first, min(first + 2 * UNIT, height))


def separated(model: Path, files: tuple[Path, Path], out: Path) -> tuple[float, float]:
    """Seconds and peak of memory, GB, of the command."""
    xray, rgb = (str(file) for file in files)
    command = [sys.executable, "-c", "from tfpaintsep.cli.main import main; main()"]
    arguments = ["separate", str(model), "--xray", xray, "--rgb", rgb, "--out", str(out)]
    began = time.perf_counter()
    launched = [sys.executable, "-c", LAUNCHER, *command, *arguments]
    kilobytes = subprocess.run(launched, stdout=subprocess.PIPE, check=True).stdout
    seconds = time.perf_counter() - began
    shutil.rmtree(out)
    return seconds, int(kilobytes) * 1024 / 1e9


def seams(model: Path, work: Path, unit: SimulatedPainting) -> str:
    """The largest difference between separating whole and part by part, in words."""
    xray, rgb = (str(file) for file in paint(work, (3000, 2600), unit))
    results = {}
    for name, large in (("whole", on_disk.LARGE), ("parts", 0)):
        on_disk.LARGE, kept = large, on_disk.LARGE
        out = str(work / name)
        arguments = ["separate", str(model), "--xray", xray, "--rgb", rgb, "--out", out]
        cli.main([*arguments, "--overwrite"], standalone_mode=False)
        on_disk.LARGE = kept
        results[name] = {one: tifffile.imread(work / name / f"{one}.tif") for one in PICTURES}
        shutil.rmtree(out)
    largest = max(
        float(np.abs(results["whole"][one] - results["parts"][one]).max()) for one in PICTURES
    )
    return f"Whole and part by part differ by at most {largest / 65535:.1e} of the grey scale."


if __name__ == "__main__":
    main()
