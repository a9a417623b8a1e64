"""What the learned prior reaches alone, beside regression on colour, at every boldness.

    python benchmarks/prior.py --work FOLDER [--paintings 16] [--first-seed 60000]
        [--weights FILE] [--cases FOLDER]

Paintings are simulated with seeds that neither learning nor `tfpaintsep benchmark` uses. "Own"
are mixtures of a painting's two layers; "crossed" have another painting's surface layer beneath,
as strong as the painting's own surface. `--cases` takes cases of `tfpaintsep benchmark` instead.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfpaintsep.evaluation.benchmark.cases import given_cases
from tfpaintsep.evaluation.methods import Budget
from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.evaluation.peers.colour_regression import remainder_concealed, remainder_split
from tfpaintsep.learning.paintings import KnownPainting, load, paint
from tfpaintsep.separation.prior.evidence import Evidence, gather_evidence
from tfpaintsep.separation.prior.guess import surface_guess

BOLDNESS = (0.0, 0.25, 0.5, 0.75, 1.0)
PEERS = {
    "regression, remainder split": remainder_split,
    "regression, remainder concealed": remainder_concealed,
}


def main() -> None:
    """Print one table of both kinds of mixture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="keeps the simulated paintings")
    parser.add_argument("--paintings", type=int, default=16)
    parser.add_argument("--first-seed", type=int, default=60_000)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--cases", type=Path)
    a = parser.parse_args()
    weights = None
    if a.weights:
        with np.load(a.weights) as stored:
            weights = [stored[name].astype(np.float32) for name in stored.files]
    if a.cases:
        kinds = {"given": list(given(a.cases))}
    else:
        seeds = range(a.first_seed, a.first_seed + a.paintings)
        paintings = [load(file) for file in paint(a.work, seeds)]
        kinds = {"own": paintings, "crossed": list(crossed(paintings))}
    print(
        "| mixtures | guess | skill | SDRi, dB | SIRi, dB | worst skill | worst layer's SDRi "
        "| with a layer below 0 |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for kind, known in kinds.items():
        for name, (*scores, harmed) in judge(known, weights).items():
            cells = *(f"{score:.2f}" for score in scores), f"{harmed} of {len(known)}"
            print("|", " | ".join((kind, name, *cells)), "|", flush=True)


def crossed(paintings: list[KnownPainting]) -> Iterator[KnownPainting]:
    """Each painting over another's surface."""
    for index, painting in enumerate(paintings):
        other = paintings[(index + 3) % len(paintings)].surface[::-1]
        strength = np.std(painting.surface) / np.std(other)
        concealed = (other - other.mean()) * strength + other.mean()
        yield KnownPainting(painting.rgb, painting.surface, concealed)


def given(folder: Path) -> Iterator[KnownPainting]:
    """The cases of a folder, as `tfpaintsep benchmark sep --data` takes them."""
    for case in given_cases("sep", [folder]):
        yield KnownPainting(*(case.images[name] for name in ("rgb", "surface", "concealed")))


def judge(
    known: list[KnownPainting], weights: list[np.ndarray] | None
) -> dict[str, tuple[float, ...]]:
    """Scores by guess.

    Means of skill, SDRi and SIRi, the worst of the first two, and how many paintings have a layer
    that is worse than the mixture (SDRi below 0).
    """
    rows: dict[str, list[tuple[float, ...]]] = {}
    for painting in known:
        xray = painting.surface + painting.concealed
        evidence = gather_evidence(xray, painting.rgb)
        guesses = {name: peer(xray, painting.rgb, Budget()).surface for name, peer in PEERS.items()}
        for boldness in BOLDNESS:
            for colour in (False, True):
                name = f"prior{' and local colour' if colour else ''}, boldness {boldness:g}"
                given = evidence, boldness, xray, painting.rgb, weights
                guesses[name] = guess(*given, colour=colour)
        for name, surface in guesses.items():
            layers = score_layers(
                surface, xray - surface, painting.surface, painting.concealed, xray
            )
            mean = mean_scores(layers)
            worst = np.min([number(layer.sdri) for layer in layers.values()])
            row = [number(score) for score in (mean.skill, mean.sdri, mean.siri, mean.skill)]
            rows.setdefault(name, []).append((*row, worst))
    return {
        name: (
            *np.mean(values, axis=0)[:3],
            *np.min(values, axis=0)[3:],
            sum(worst < 0 for *_, worst in values),
        )
        for name, values in rows.items()
    }


def number(score: float | None) -> float:
    """A score, or nan where there is none."""
    return np.nan if score is None else score


def guess(
    evidence: Evidence,
    boldness: float,
    xray: np.ndarray,
    rgb: np.ndarray,
    weights: list[np.ndarray] | None,
    *,
    colour: bool,
) -> np.ndarray:
    """The prior's surface layer, (h, w)."""
    x, r = tf.constant(xray[None, ..., None]), tf.constant(rgb[None])
    return surface_guess(evidence, boldness, x, r, weights, colour=colour).numpy()[0, ..., 0]


if __name__ == "__main__":
    main()
