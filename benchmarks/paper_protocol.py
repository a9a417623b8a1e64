"""How long the paper's protocol takes, whether it holds, and what it has learned by then.

Times 50 steps of the preset `paper` on the built-in painting, extrapolates to 120 epochs, looks
for the weakest gradient clipping under which SGD holds (none, if it does without), that is: all
stays finite and the mean loss of these steps is below that of the first; and compares the terms of
the loss (15) with those of `fast` after equal numbers of pixels seen.

    python benchmarks/paper_protocol.py [--size 256] [--steps 50]
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.sampling import PatchSampler
from tfpaintsep.separation.start import Start, fit_start, guess_image
from tfpaintsep.separation.training import METRICS, SeparationTrainer, make_optimizer
from tfpaintsep.simulation import demo_painting
from tfpaintsep.training.loop import compiled_steps
from tfpaintsep.training.strategies import make_repeatable, single_device

CLIPPING = (None, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)


class Trial:
    """A preset on the painting, advanced step by step.

    Args:
        preset: Name of the preset.
        xray: (h, w) in units of the gain.
        rgb: (h, w, 3) in [0, 1].
        settings: What differs from the preset.
    """

    def __init__(
        self, preset: str, xray: np.ndarray, rgb: np.ndarray, settings: tuple[str, ...] = ()
    ) -> None:
        config = load_configuration(SeparationConfig, "separation", preset, settings=settings)
        self.config = config
        start = Start()
        if config.start.kind == "auto":
            start = fit_start(xray, rgb, config.start.sigmas)
        init = guess_image(start, xray, rgb)
        self.sampler = PatchSampler(xray, rgb, init, config.training)
        self.trainer = SeparationTrainer(
            SeparationNetwork(config.network), config.loss, config.training.clip_norm
        )
        self.trainer.network.build()
        self.trainer.optimizer = make_optimizer(config.training, self.sampler.steps_per_epoch)
        self.trainer.optimizer.build(self.trainer.network.trainable_variables)
        self._advance = compiled_steps(self.trainer, self.sampler, single_device(), METRICS)
        self.done = 0
        self.finite = True

    @property
    def pixels_per_step(self) -> int:
        """Pixels of all patches of a step."""
        return self.config.training.batch * self.sampler.patch**2

    def advance(self, steps: int) -> dict[str, float]:
        """Train; means over these steps, of the loss terms per patch (sums over 2500)."""
        first = tf.constant(self.done, tf.int64)
        last = tf.constant(self.done + steps, tf.int64)
        values = dict(zip(METRICS, self._advance(first, last).numpy().tolist(), strict=True))
        self.done += steps
        self.finite = all(np.isfinite(value) for value in values.values())
        scale = 2500 if self.config.loss.reduction == "sum" else 1
        return {name: value / scale for name, value in values.items() if name.startswith("loss")}


def main() -> None:
    """Run the comparison and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256, help="side of the painting, px")
    parser.add_argument("--steps", type=int, default=50, help="steps to time")
    arguments = parser.parse_args()
    make_repeatable()
    painting = demo_painting(size=(arguments.size, arguments.size), seed=0)
    xray = (painting.mixture / 65535).astype(np.float32)

    for clip_norm in CLIPPING:
        clipping = "null" if clip_norm is None else str(clip_norm)
        paper = Trial("paper", xray, painting.rgb, (f"training.clip_norm={clipping}",))
        first = paper.advance(1)
        began = time.perf_counter()
        mean = paper.advance(arguments.steps)
        seconds = (time.perf_counter() - began) / arguments.steps
        holds = paper.finite and mean["loss"] < first["loss"]
        print(f"paper, clip_norm {clip_norm}: {'holds' if holds else 'diverges'}", flush=True)
        if holds:
            break
    else:
        raise SystemExit("no clipping of those tried holds")
    hours = seconds * paper.sampler.steps / 3600
    print(
        f"\n`paper`: {seconds:.2f} s a step, {paper.pixels_per_step / seconds:,.0f} pixels/s; "
        f"{paper.sampler.steps:,} steps on {arguments.size} x {arguments.size} px: {hours:.1f} h\n"
    )
    fast = Trial("fast", xray, painting.rgb)
    fast.advance(1)
    steps = max(1, round(arguments.steps * paper.pixels_per_step / fast.pixels_per_step))
    rows = {
        "paper, first step": first,
        f"paper, after {arguments.steps} steps": paper.advance(5),
    }
    fast.advance(steps)
    rows[f"fast, after {steps} steps, as many pixels"] = fast.advance(5)
    names = ("loss/xray", "loss/rgb", "loss/exclusion")
    print(f"| | {' | '.join(names)} |\n| --- |{' --- |' * len(names)}")
    for title, values in rows.items():
        print(f"| {title} | {' | '.join(f'{values[name]:.3g}' for name in names)} |")
    print("\nTerms of (15) for each 50 x 50 patch over 2500, without their weights.")


if __name__ == "__main__":
    main()
