"""What the weights of the loss do to a separation: simulated paintings.

Runs `tfpaintsep train-sep` on the demo's paintings with other settings and prints the scores,
beside those of the first guess itself (colour regression with the remainder split) and of halving.

The presets were tuned on paintings 0, 1 and 2; the default seeds are others.

    python benchmarks/loss_weights.py [--seeds 10 11] [--size 256]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.separation.start import fit_start, guess_image
from tfpaintsep.simulation import demo_painting, write_painting

VARIANTS: dict[str, list[str]] = {
    "`fast`": [],
    "`fast`, eta1 = 0.01": ["loss.eta1=0.01"],
    "`fast`, the paper's eta1 = 0.5, eta2 = 0.1": ["loss.eta1=0.5", "loss.eta2=0.1"],
}
SCORES = ("skill", "sdri", "siri")


def of_first_guess(seed: int, size: int) -> list[float]:
    """Mean skill, SDRi and SIRi of the automatic g1 and x - g1."""
    painting = demo_painting(size=(size, size), seed=seed)
    xray = (painting.mixture / 65535).astype(np.float32)
    surface = guess_image(fit_start(xray, painting.rgb, (3.0, 8.0)), xray, painting.rgb)
    truths = painting.surface / 65535, painting.concealed / 65535
    scores = mean_scores(score_layers(surface, xray - surface, *truths, xray))
    return [float(getattr(scores, name)) for name in SCORES]


def of_run(seed: int, size: int, settings: list[str]) -> list[float]:
    """Mean skill, SDRi and SIRi that a run reports."""
    with tempfile.TemporaryDirectory() as folder:
        painting, out = Path(folder) / "painting", Path(folder) / "run"
        write_painting(demo_painting(size=(size, size), seed=seed), painting)
        command = [str(Path(sys.executable).with_name("tfpaintsep")), "train-sep"]
        command += ["--xray", str(painting / "xray.tif"), "--rgb", str(painting / "rgb.tif")]
        command += ["--truth", str(painting), "--out", str(out)]
        command += [option for setting in settings for option in ("--set", setting)]
        subprocess.run(command, check=True, capture_output=True)
        scores = json.loads((out / "evaluation" / "scores.json").read_text())["scores"]
    return [float(scores["mean"][name]) for name in SCORES]


def main() -> None:
    """Run all variants and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11])
    parser.add_argument("--size", type=int, default=256)
    arguments = parser.parse_args()
    titles = " | ".join(f"painting {seed}" for seed in arguments.seeds)
    print(f"| skill / SDRi / SIRi | {titles} |\n| --- |{' --- |' * len(arguments.seeds)}")
    print(f"| halving |{' 0 / 0 / 0 |' * len(arguments.seeds)}")
    _print_row("first guess g1", [of_first_guess(seed, arguments.size) for seed in arguments.seeds])
    for title, settings in VARIANTS.items():
        _print_row(title, [of_run(seed, arguments.size, settings) for seed in arguments.seeds])
    print("\nMean over the two layers; SDRi and SIRi in dB.")


def _print_row(title: str, cells: list[list[float]]) -> None:
    texts = [f"{skill:.2f} / {sdri:.1f} / {siri:.1f}" for skill, sdri, siri in cells]
    print(f"| {title} | {' | '.join(texts)} |", flush=True)


if __name__ == "__main__":
    main()
