"""How far computed layers can be trusted by their correlation, on mixtures whose layers are known.

    python benchmarks/layer_correlation.py --work FOLDER
        --out tfpaintsep/evaluation/layer_correlation.json [--paintings 28] [--first-seed 80001]

28 simulated paintings with seeds that nothing was learned from, each with its own concealed layer
and over the surface of every other one, are separated by the default first guess, which the
training of `fast` hardly changes. Writes the counts that reports quote, and prints them as a table.
"""

import argparse
import hashlib
import json
from importlib.resources import files
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from prior import crossed, number  # type: ignore[import-not-found]  # beside this script

from tfpaintsep.evaluation.layer_correlation import Experience, Range, correlation
from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.learning.paintings import KnownPainting, load, paint
from tfpaintsep.separation.config import StartConfig
from tfpaintsep.separation.start import make_start
from tfpaintsep.training.progress import track

BOUNDS = (0.4, 0.5, 0.7, 1.0)
START = StartConfig(kind="prior")
WEIGHTS = files("tfpaintsep.separation.prior") / "weights.npz"


def main() -> None:
    """Write the file, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="keeps the simulated paintings")
    parser.add_argument("--paintings", type=int, default=28)
    parser.add_argument("--first-seed", type=int, default=80_001)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file")
    a = parser.parse_args()
    seeds = range(a.first_seed, a.first_seed + a.paintings)
    paintings = [load(file) for file in paint(a.work, seeds)]
    pairs = track(product(paintings, repeat=2), "Separating", len(paintings) ** 2)
    found = np.array([judge(p if p is below else crossed(p, below)) for p, below in pairs])
    bounds = [np.floor(10 * found[:, 0].min()) / 10, *BOUNDS]
    experience = Experience(
        start=START.model_dump(include={"kind", "boldness", "colour"}),
        weights=hashlib.sha256(WEIGHTS.read_bytes()).hexdigest(),
        ranges=tuple(summary(found, *between) for between in pairwise(bounds)),
    )
    a.out.write_text(json.dumps(experience.model_dump(), indent=2) + "\n")
    print("| correlation | mixtures | with a layer below 0 | skill | SDRi, dB | SIRi, dB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for r in experience.ranges:
        spans = (f"{low:.1f} .. {half:.1f} .. {high:.1f}" for low, half, high in (r.sdri, r.siri))
        cells = f"{r.above:g} to {r.below:g}", str(r.mixtures), str(r.worse), f"{r.skill:.2f}"
        print("|", " | ".join((*cells, *spans)), "|")


def judge(painting: KnownPainting) -> tuple[float, ...]:
    """Correlation of the computed layers, mean skill, SDRi and SIRi, the worse layer's SDRi."""
    xray = painting.surface + painting.concealed
    _, surface = make_start(START, xray, painting.rgb)
    concealed = xray - surface
    layers = score_layers(surface, concealed, painting.surface, painting.concealed, xray)
    mean = mean_scores(layers)
    scores = tuple(number(s) for s in (mean.skill, mean.sdri, mean.siri))
    return correlation(surface, concealed), *scores, min(number(s.sdri) for s in layers.values())


def summary(found: np.ndarray, above: float, below: float) -> Range:
    """Of the mixtures in a range of correlations."""
    _, skill, sdri, siri, worst = found[(found[:, 0] >= above) & (found[:, 0] < below)].T
    return Range(
        above=above,
        below=below,
        mixtures=len(worst),
        worse=int(np.sum(worst < 0)),
        skill=round(float(skill.mean()), 3),
        sdri=tuple(np.quantile(sdri, (0.1, 0.5, 0.9)).round(2).tolist()),
        siri=tuple(np.quantile(siri, (0.1, 0.5, 0.9)).round(2).tolist()),
    )


if __name__ == "__main__":
    main()
