"""How real the simulated paintings are: the photograph's share in its own radiograph.

Prints the figures of `tfpaintsep.evaluation.realism` over many simulated paintings, beside what
was measured on three crops of one real painting's radiograph and its registered photograph; then
what regression on colour reaches on them, beside what it reached on three mixtures of real
radiographs.

    python benchmarks/realism.py [--seeds 20] [--first-seed 0] [--figure FILE] [--sheet FILE]

Seeds 0 to 19 are those the simulation was calibrated on; 20 to 39 were looked at, too; 40 to 59
only afterwards; from 100 on the benchmark's paintings begin.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from tfpaintsep.evaluation.methods import Budget
from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.evaluation.peers.separation import SEPARATION
from tfpaintsep.evaluation.realism import REAL, explained_by_colour
from tfpaintsep.simulation import SimulatedPainting, simulate

SIZE = (400, 400)
SHOWN = 4
REAL_MIXTURES = {
    "colour-regression": {"skill": (-0.30, -0.09), "sdri": (-1.0, -0.7), "siri": (7.9, 10.8)},
    "colour-regression-split": {"skill": (-0.07, 0.15), "sdri": (0.7, 1.3), "siri": (1.8, 5.2)},
}
"""Least and largest of three mixtures of real radiographs, mean over the two layers."""
COLUMNS = ("photograph", "surface", "concealed", "mixed radiograph")


def main() -> None:
    """Measure all paintings, print Markdown, draw what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--figure", type=Path, help="distributions beside the real ranges")
    parser.add_argument("--sheet", type=Path, help="the first paintings of different pictures")
    arguments = parser.parse_args()
    rows: list[list[float]] = []
    reached: list[list[float]] = []
    shown: list[SimulatedPainting] = []
    pictures: set[str] = set()
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        painting = simulate(size=SIZE, seed=seed)
        rows.append(list(explained_by_colour(painting.surface, painting.rgb).named().values()))
        reached.append(separated(painting))
        if len(shown) < SHOWN and painting.metadata["surface_picture"] not in pictures:
            pictures.add(painting.metadata["surface_picture"])
            shown.append(painting)
    values = np.array(rows)
    print("| | median | 10 to 90% | real, three crops |\n| --- | --- | --- | --- |")
    for (name, (least, most)), column in zip(REAL.items(), values.T, strict=True):
        low, middle, high = np.percentile(column, [10, 50, 90])
        print(f"| {name} | {middle:.2f} | {low:.2f} to {high:.2f} | {least:.2f} to {most:.2f} |")
    print("\n| | median | 10 to 90% | three real mixtures |\n| --- | --- | --- | --- |")
    names = [
        (m, score, real) for m, all_of in REAL_MIXTURES.items() for score, real in all_of.items()
    ]
    for (method, score, (least, most)), column in zip(names, np.array(reached).T, strict=True):
        low, middle, high = np.percentile(column, [10, 50, 90])
        title = f"{SEPARATION[method].title}: {score}"
        print(f"| {title} | {middle:.2f} | {low:.2f} to {high:.2f} | {least:.2f} to {most:.2f} |")
    mpl.use("Agg")
    if arguments.figure:
        draw_distributions(values, arguments.figure)
    if arguments.sheet:
        draw_sheet(shown, arguments.sheet)


def separated(painting: SimulatedPainting) -> list[float]:
    """Scores of `REAL_MIXTURES`, in its order."""
    x, surface, concealed = (
        (layer / 65535).astype(np.float32)
        for layer in (painting.mixture, painting.surface, painting.concealed)
    )
    found = []
    for method, scores in REAL_MIXTURES.items():
        layers = SEPARATION[method].run(x, painting.rgb, Budget())
        means = mean_scores(score_layers(*layers, surface, concealed, x))
        found += [float(getattr(means, score)) for score in scores]
    return found


def draw_distributions(values: NDArray[np.float64], path: Path) -> None:
    """One line a figure: a dot for each simulated painting, a bar for the real range."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 3.8), layout="constrained")
    axes = figure.subplots()
    jitter = np.random.default_rng(0).uniform(-0.18, 0.18, len(values))
    for i, ((least, most), column) in enumerate(zip(REAL.values(), values.T, strict=True)):
        axes.barh(
            i, most - least, left=least, height=0.7, color="#c9d6c2",
            label="real, three crops" if i == 0 else None,
        )  # fmt: skip
        axes.plot(
            column, i + jitter, "o", ms=3.5, color="#30475e", alpha=0.7, mew=0,
            label="simulated, one painting each" if i == 0 else None,
        )  # fmt: skip
        axes.plot(
            np.median(column), i, "|", ms=18, mew=2, color="#b0413e",
            label="their median" if i == 0 else None,
        )  # fmt: skip
    axes.set_yticks(range(len(REAL)), list(REAL))
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    figure.legend(fontsize=8, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=130)


def draw_sheet(paintings: list[SimulatedPainting], path: Path) -> None:
    """A row a painting: photograph, the two layers, their radiograph, stretched alike."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 9.2), layout="constrained")
    for row, painting in zip(figure.subplots(len(paintings), 4), paintings, strict=True):
        grey = (painting.surface, painting.concealed, painting.mixture)
        row[0].imshow(painting.rgb)
        for axes, layer in zip(row[1:], grey, strict=True):
            low, high = np.percentile(layer, [0.5, 99.5])
            axes.imshow(layer, cmap="gray", vmin=low, vmax=high)
        for axes in row:
            axes.set_xticks([])
            axes.set_yticks([])
        row[0].set_ylabel(f"seed {painting.metadata['seed']}", fontsize=9)
    for axes, title in zip(figure.axes, COLUMNS, strict=False):
        axes.set_title(title, fontsize=10)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
