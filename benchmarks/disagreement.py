"""Whether disagreement tells where the error is large, on simulated paintings.

Trains each painting with several seeds (as `--seeds` does), compares the written disagreement with
the true error pixel by pixel, and writes the tables into docs/disagreement.md, between the lines

    <!-- tables: separation -->    and    <!-- end -->    (likewise: super-resolution)

    python benchmarks/disagreement.py --work FOLDER [--only separation] [--paintings 4]
        [--first-painting 100] [--size 128] [--seeds 3] [--set K=V] [--page docs/disagreement.md]

Stopped and started again, it goes on with the trainings in FOLDER. What local contrast of the input
ranks stands beside it: it costs nothing.
"""

import argparse
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from tfpaintsep.cli.main import guarded
from tfpaintsep.cli.train_sep import command as train_sep
from tfpaintsep.cli.train_sr import command as train_sr
from tfpaintsep.evaluation.error_ranking import rank_errors
from tfpaintsep.files import write_text
from tfpaintsep.images import read_element_maps, read_grey
from tfpaintsep.runs.disagreement import read_disagreement
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.simulation import simulate, write_painting

BLOCK = 8
"""Side of the blocks whose means are ranked, in pixels."""
SCALE = 4
CONTRAST = "local contrast of the input"
HEADER = (
    "| | of | Spearman, pixels | blocks of 8 px | error of the top tenth | of the true top tenth "
    "| sparsification | size over error |\n" + "| --- " * 8 + "|"
)
Rows = dict[tuple[str, str], list[tuple[float, ...]]]


def main() -> None:
    """Train, measure, and replace the tables in the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for paintings and runs")
    parser.add_argument("--only", choices=("separation", "super-resolution"))
    parser.add_argument("--paintings", type=int, default=4)
    parser.add_argument("--first-painting", type=int, default=100)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--page", type=Path, default=Path("docs/disagreement.md"))
    a = parser.parse_args()
    if a.settings and not a.only:
        parser.error("--set needs --only: the two methods have different settings")
    a.work.mkdir(parents=True, exist_ok=True)
    for method in [a.only] if a.only else ["separation", "super-resolution"]:
        rows: Rows = {}
        gains: list[float] = []
        for number in range(a.first_painting, a.first_painting + a.paintings):
            painting = a.work / f"painting-{number}-{a.size}"
            if not (painting / "painting.json").is_file():
                write_painting(simulate(size=(a.size, a.size), seed=number), painting)
            run = a.work / f"{method}-{number}-{a.size}"
            train(method, painting, run, a.seeds, a.settings)
            compare = layers if method == "separation" else maps
            for kind, of, disagreement, error in compare(painting, run):
                rows.setdefault((kind, of), []).append(figures(disagreement, error))
            gains.append(mean_over_first(method, painting, run))
        words = re.sub(r"--page \S+ ?", "", shlex.join(sys.argv[1:])).strip()
        words = re.sub(r"--work \S+", "--work FOLDER", words)
        text = (
            f"`python benchmarks/disagreement.py {words}`; paintings: {a.paintings}, "
            f"trainings of each: {a.seeds}; means over the paintings.\n\n{table(rows)}"
        )
        text += (
            f"\n\nMean squared error of the mean of the {a.seeds} results over that of the first: "
            f"{np.mean(gains):.2f} ({min(gains):.2f} to {max(gains):.2f}).\n"
        )
        print(text)
        bring_in(a.page, method, text)


def train(method: str, painting: Path, run: Path, seeds: int, settings: list[str]) -> None:
    """Train through the command line, or go on where an earlier start stopped."""
    if RunFolder(run).complete:
        return
    images = {
        "separation": (train_sep, ["--xray", painting / "xray.tif"]),
        "super-resolution": (train_sr, ["--xrf", painting / "maps.tif", "--scale", SCALE]),
    }
    command, words = images[method]
    words += ["--rgb", painting / "rgb.tif", "--out", run, "--seeds", seeds, "--resume"]
    words += [word for setting in settings for word in ("--set", setting)]
    code = guarded(lambda: command.main([str(word) for word in words], standalone_mode=False))
    if code:
        sys.exit(code)


Compared = Iterator[tuple[str, str, NDArray[np.float32], NDArray[np.float32]]]
"""What ranks, what is ranked, the disagreement and the error, (h, w)."""


def layers(painting: Path, run: Path) -> Compared:
    """Both layers' disagreements and errors."""
    contrast = local_contrast(read_grey(painting / "xray.tif"))
    for name, values in read_disagreement(run).items():
        layer, kind = name.split("_")
        error = read_grey(run / f"{layer}.tif") - read_grey(painting / "truth" / f"{layer}.tif")
        yield kind, layer, values, error
        if kind == "seeds":
            yield CONTRAST, layer, contrast, error


def maps(painting: Path, run: Path) -> Compared:
    """Every element's disagreement and error."""
    found = read_element_maps(run / "maps.tif", allow_constant=True)
    coarse = read_element_maps(painting / "maps.tif", allow_constant=True).ordered(found.names)
    truth = read_element_maps(painting / "truth" / "maps.tif", allow_constant=True)
    errors = found.values - truth.ordered(found.names).values
    spread = read_disagreement(run)["seeds"]
    for band in range(found.bands):
        yield "seeds", "maps", spread[..., band], errors[..., band]
        contrast = zoom(local_contrast(coarse.values[..., band]), SCALE, order=1)
        yield CONTRAST, "maps", contrast, errors[..., band]


def local_contrast(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviation around each pixel, Gaussian window of 2 px."""
    values = image.astype(np.float64)
    variance = gaussian_filter(values**2, 2) - gaussian_filter(values, 2) ** 2
    return np.sqrt(np.maximum(variance, 0)).astype(np.float32)


def figures(disagreement: NDArray[np.float32], error: NDArray[np.float32]) -> tuple[float, ...]:
    """The columns of the table."""
    correlation, *others = astuple(rank_errors(disagreement, error))
    blocks = rank_errors(block_means(disagreement), block_means(np.abs(error)))
    return correlation, blocks.correlation, *others


def block_means(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over blocks of 8 x 8 px; what is left over at the lower and right border is dropped."""
    h, w = (side // BLOCK for side in values.shape)
    blocks = values[: h * BLOCK, : w * BLOCK].reshape(h, BLOCK, w, BLOCK)
    return np.asarray(blocks.mean(axis=(1, 3)))


def mean_over_first(method: str, painting: Path, run: Path) -> float:
    """Squared error of the mean of all trainings' results over that of the first."""
    runs = [run, *sorted((run / "seeds").iterdir())]
    ratios = []
    if method == "separation":
        for layer in ("surface", "concealed"):
            truth = read_grey(painting / "truth" / f"{layer}.tif")
            results = np.stack([read_grey(one / f"{layer}.tif") for one in runs])
            ratios.append(_ratio(results, truth))
    else:
        found = [read_element_maps(one / "maps.tif", allow_constant=True) for one in runs]
        truth_maps = read_element_maps(painting / "truth" / "maps.tif", allow_constant=True)
        truth_values = truth_maps.ordered(found[0].names).values
        results = np.stack([one.values for one in found])
        ratios += [_ratio(results[..., b], truth_values[..., b]) for b in range(found[0].bands)]
    return float(np.mean(ratios))


def _ratio(results: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    return float(np.mean((results.mean(axis=0) - truth) ** 2) / np.mean((results[0] - truth) ** 2))


def table(rows: Rows) -> str:
    """Markdown: means over the paintings, and for the first column least and most."""
    lines = [HEADER]
    for (kind, of), found in sorted(rows.items(), key=lambda row: (row[0][0] == CONTRAST, row[0])):
        values = np.array(found)
        means = np.nanmean(values, axis=0)
        low, high = np.nanmin(values[:, 0]), np.nanmax(values[:, 0])
        cells = [kind, of, f"{means[0]:.2f} ({low:.2f} to {high:.2f})"]
        cells += [f"{mean:.2f}" for mean in means[1:-1]]
        cells.append("" if kind == CONTRAST else f"{means[-1]:.2g}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def bring_in(page: Path, name: str, content: str) -> None:
    """Replace the block of a table in a page."""
    block = re.compile(rf"(<!-- tables: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    text = page.read_text()
    if not block.search(text):
        sys.exit(f"{page}: no lines `<!-- tables: {name} -->` and `<!-- end -->`")
    write_text(page, block.sub(lambda found: found[1] + content + found[2], text))


if __name__ == "__main__":
    main()
