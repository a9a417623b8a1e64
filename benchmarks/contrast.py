"""How much of the skill that methods miss lies in the layers' means, which nothing tells.

    python benchmarks/contrast.py FOLDER ...

Each FOLDER was written by `tfpaintsep benchmark sep`. A radiograph has one mean, and how it is
shared out between the layers follows from nothing in it or in the photograph; yet the MSE of
eq. (16), and skill with it, charge it as errors. Here every method's layers, and those of
halving, are given the true means: what remains is the skill of their contrast.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import numpy as np
import tifffile

from tfpaintsep.evaluation.benchmark.case import load_case
from tfpaintsep.evaluation.benchmark.jobs import JobFolder
from tfpaintsep.evaluation.benchmark.registry import known_methods
from tfpaintsep.evaluation.metrics import mse, skill

LAYERS = ("surface", "concealed")


def main() -> None:
    """Print a Markdown table for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    methods = known_methods("sep")
    for out in parser.parse_args().folders:
        folder = JobFolder(out)
        cases = {path: load_case(path) for path in sorted(folder.cases.glob("*.npz"))}
        shares = [share_of_means(case.images) for case in cases.values()]
        print(f"**{out.name}**: of halving's error {fmean(shares):.0%} is the difference of means")
        print(f"(from {min(shares):.0%} to {max(shares):.0%} in {len(shares)} cases).\n")
        found: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for path in sorted(folder.jobs.glob("*/*.json")):
            name, stem = path.parent.name, path.with_suffix("")
            case = next(c for p, c in cases.items() if stem.name.startswith(c.name + "-seed"))
            layers = [Path(f"{stem}-{layer}.tif") for layer in LAYERS]
            if all(layer.exists() for layer in layers):
                estimates = [tifffile.imread(layer) / case.gain for layer in layers]
                found[name].append(skills(estimates, case.images))
        print("| method | skill | skill of contrast | worst case |\n| --- | ---: | ---: | ---: |")
        for name, method in methods.items():
            if name in found:
                whole, contrast = zip(*found[name], strict=True)
                cells = (fmean(whole), fmean(contrast), min(contrast))
                print(f"| {method.title} | " + " | ".join(f"{v:.2f}" for v in cells) + " |")
        print()


def share_of_means(images: dict[str, np.ndarray]) -> float:
    """Of halving's squared error, the part of the layers' means."""
    half = (images["surface"].astype(float) - images["concealed"]) / 2
    return float(half.mean() ** 2 / (half**2).mean())


def skills(estimates: list[np.ndarray], images: dict[str, np.ndarray]) -> tuple[float, float]:
    """Means over the layers: of the skill, and of what it is with the means known."""
    mixture = images["xray"].astype(float)
    whole, contrast = [], []
    for estimate, layer in zip(estimates, LAYERS, strict=True):
        truth = images[layer].astype(float)
        whole.append(skill(truth, estimate, mixture))
        error = mse(truth - truth.mean(), estimate - estimate.mean())
        halving = mse(truth - truth.mean(), (mixture - mixture.mean()) / 2)
        contrast.append(1 - error / halving)
    return fmean(whole), fmean(contrast)


if __name__ == "__main__":
    main()
