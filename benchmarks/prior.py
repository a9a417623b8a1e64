"""What the learned prior reaches alone, beside regression on colour, at every boldness.

    python benchmarks/prior.py --work FOLDER [--paintings 16] [--first-seed 60000]
        [--weights FILE] [--cases FOLDER] [--out FILE]

Paintings are simulated with seeds that neither learning nor `tfpaintsep benchmark` uses. "Own"
are mixtures of a painting's two layers; "crossed" have another painting's surface layer beneath,
as strong as the painting's own surface; "like real ones" are those of all such pairs on which
regression on colour scores as it does on mixtures of real radiographs; "coloured" have surfaces of
which colour explains more, by different functions in different areas. `--cases` takes cases of
`tfpaintsep benchmark` instead. Draws leakage against distortion, too: `--out`.
"""

import argparse
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.axes import Axes
from scipy.ndimage import gaussian_filter

from tfpaintsep.evaluation.benchmark.cases import given_cases
from tfpaintsep.evaluation.methods import Budget
from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.evaluation.peers.colour_regression import remainder_concealed, remainder_split
from tfpaintsep.evaluation.peers.guided_filter import guided_filter
from tfpaintsep.learning.likeness import likeness
from tfpaintsep.learning.paintings import KnownPainting, load, paint
from tfpaintsep.separation.prior.evidence import Evidence, gather_evidence
from tfpaintsep.separation.prior.guess import surface_guess
from tfpaintsep.simulation.fields import smooth_field

BOLDNESS = (0.0, 0.25, 0.5, 0.75, 1.0)
PEERS = {
    "regression, remainder split": remainder_split,
    "regression, remainder concealed": remainder_concealed,
    "guided filter": guided_filter,
}
GUESSES = {"prior": False, "prior and local colour": True}
"""Whether local colour has a say."""
LIKE = 0.5
"""From what likeness on a mixture is called like real ones."""
OUT = Path("docs/images/trade-off-curve.png")


def main() -> None:
    """Print one table of all kinds of mixture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="keeps the simulated paintings")
    parser.add_argument("--paintings", type=int, default=16)
    parser.add_argument("--first-seed", type=int, default=60_000)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
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
        kinds = {
            "own": paintings,
            "crossed": [
                crossed(p, paintings[(i + 3) % a.paintings]) for i, p in enumerate(paintings)
            ],
            "like real ones": list(like_real(paintings)),
            "coloured": [coloured(p, seed) for p, seed in zip(paintings, seeds, strict=True)],
        }
    print(
        "| mixtures | guess | skill | SDRi, dB | SIRi, dB | worst skill | worst layer's SDRi "
        "| with a layer below 0 |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    wide = min(2, len(kinds))
    high = -(-len(kinds) // wide)
    figure, axes = plt.subplots(
        *(high, wide),
        figsize=(5 * wide, 4 * high + 0.4),
        squeeze=False,
        layout="constrained",
    )
    for (kind, known), axis in zip(kinds.items(), axes.flat, strict=True):
        rows = judge(known, weights)
        for name, (*scores, harmed) in rows.items():
            cells = *(f"{score:.2f}" for score in scores), f"{harmed} of {len(known)}"
            print("|", " | ".join((kind, name, *cells)), "|", flush=True)
        draw(axis, rows)
        axis.set_title(f"{kind}, {len(known)} mixtures", fontsize=10)
    figure.legend(
        *axis.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8
    )
    a.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(a.out, dpi=110)


def draw(axis: Axes, rows: dict[str, tuple[float, ...]]) -> None:
    """Leakage and distortion: a curve for each kind of guess, a point for each peer."""
    for title, colour in zip(GUESSES, ("#88a", "#225"), strict=True):
        points = np.array([rows[named(title, boldness)][1:3] for boldness in BOLDNESS])
        axis.plot(points[:, 1], points[:, 0], "o-", color=colour, ms=4, label=title)
    for boldness, (sdri, siri) in zip(BOLDNESS, points, strict=True):
        axis.annotate(
            *(f"{boldness:g}", (siri, sdri), (0, -12)), textcoords="offset points", fontsize=8
        )
    for peer, marker in zip(PEERS, "s^D", strict=True):
        _, sdri, siri, *_ = rows[peer]
        axis.plot(siri, sdri, marker, color="0.6", label=peer)
    axis.plot(0, 0, "x", color="0.6", label="halving")
    axis.axhline(0, color="0.8", lw=0.8, zorder=0)
    axis.set(xlabel="SIRi, dB: less leakage to the right", ylabel="SDRi, dB: fewer errors above")


def named(title: str, boldness: float) -> str:
    """A guess's name in the table."""
    return f"{title}, boldness {boldness:g}"


def crossed(painting: KnownPainting, below: KnownPainting) -> KnownPainting:
    """A painting over another's surface."""
    other = below.surface[::-1]
    strength = np.std(painting.surface) / np.std(other)
    concealed = (other - other.mean()) * strength + other.mean()
    return KnownPainting(painting.rgb, painting.surface, concealed)


def like_real(paintings: list[KnownPainting]) -> Iterator[KnownPainting]:
    """Of all pairs those that are most like mixtures of real radiographs."""
    for painting, below in permutations(paintings, 2):
        mixture = crossed(painting, below)
        if likeness(mixture) > LIKE:
            yield mixture


def coloured(painting: KnownPainting, seed: int) -> KnownPainting:
    """A painting with a fifth to four fifths of its surface layer made of its colours."""
    rng = np.random.default_rng(seed)
    colours = np.concatenate([painting.rgb, painting.rgb**2], axis=-1)
    one, other = np.moveaxis(colours @ rng.normal(size=(6, 2)), -1, 0)
    areas = 1 / (1 + np.exp(-3 * smooth_field(rng, one.shape, 0.25 * max(one.shape))))
    made = gaussian_filter(one + (other - one) * areas, rng.uniform(0.5, 2))
    made *= painting.surface.std() / made.std()
    part = rng.uniform(0.2, 0.8)
    surface = (1 - part) * painting.surface + part * made
    return KnownPainting(painting.rgb, surface.astype(np.float32), painting.concealed)


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
            for title, colour in GUESSES.items():
                given = evidence, boldness, xray, painting.rgb, weights
                guesses[named(title, boldness)] = guess(*given, colour=colour)
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
    """The prior's surface layer with half of the mixture's mean, (h, w)."""
    x, r = tf.constant(xray[None, ..., None]), tf.constant(rgb[None])
    found = surface_guess(evidence, boldness, x, r, weights, colour=colour).numpy()[0, ..., 0]
    return found - np.mean(found - xray / 2)


if __name__ == "__main__":
    main()
