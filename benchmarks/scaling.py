"""Time and memory of a training step over patch, batch, channels K and layers L.

    python benchmarks/scaling.py [--out docs/images/speed-scaling.png]

One setting of the preset `fast` is varied at a time; each point is a process of its own, whose
peak of memory the operating system tells. Slopes are fitted to logarithms; those of memory to
what exceeds that of the smallest step, because TensorFlow itself takes most of a GB. At the end
the step of `fast` under several numbers of threads.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

VALUES = {
    "training.patch": [32, 64, 128, 256],
    "training.batch": [1, 4, 16, 32],
    "network.channels": [16, 32, 64, 128],
    "network.layers": [1, 2, 5, 10],
}
NAMES = {
    "training.patch": "side of a patch, px",
    "training.batch": "patches in a step",
    "network.channels": "channels K",
    "network.layers": "layers L",
}
STEPS = 7
OUT = Path(__file__).resolve().parents[1] / "docs" / "images" / "speed-scaling.png"

Point = tuple[float, float]


def measure(settings: list[str]) -> Point:
    """Seconds of a step and peak of memory in MB, in this process."""
    import resource

    import tensorflow as tf

    from tfpaintsep.cli.configuration import load_configuration
    from tfpaintsep.separation.config import SeparationConfig
    from tfpaintsep.separation.network import SeparationNetwork
    from tfpaintsep.separation.training import SeparationTrainer, make_optimizer
    from tfpaintsep.training.fusion import fused
    from tfpaintsep.training.strategies import make_repeatable

    make_repeatable()  # as `train-sep` does
    config = load_configuration(SeparationConfig, "separation", "fast", None, tuple(settings))
    network = SeparationNetwork(config.network, seed=0)
    network.build()
    trainer = SeparationTrainer(network, config.loss)
    trainer.optimizer = make_optimizer(config.training, 1)
    trainer.optimizer.build(network.trainable_variables)
    rng, t = np.random.default_rng(0), config.training
    shape = (t.batch, t.patch, t.patch)
    batch = {
        name: tf.constant(rng.random((*shape, channels)), tf.float32)
        for name, channels in (("xray", 1), ("rgb", 3), ("init", 1))
    }

    @tf.function(autograph=False)
    def step() -> tf.Tensor:
        with fused():
            return trainer.train_step(batch)["loss"]

    seconds = []
    for _ in range(STEPS):
        began = time.perf_counter()
        step().numpy()
        seconds.append(time.perf_counter() - began)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return median(seconds[2:]), memory


def elsewhere(settings: Sequence[str], **environment: str) -> Point:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--measure", *settings]
    environment = {**os.environ, **environment}
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    seconds, memory = json.loads(answer.splitlines()[-1])
    return seconds, memory


def print_threads() -> None:
    """Time a step under TensorFlow's own choice of threads and others."""
    cores = os.cpu_count() or 1
    print("| threads within an operation | operations at once | s a step |")
    print("| --- | --- | ---: |")
    print(f"| TensorFlow's choice | TensorFlow's choice | {elsewhere([])[0]:.2f} |")
    for within, at_once in sorted({(cores, 1), (1, cores), (1, 1)}, reverse=True):
        names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        chosen = dict(zip(names, map(str, (within, at_once)), strict=True))
        print(f"| {within} | {at_once} | {elsewhere([], **chosen)[0]:.2f} |", flush=True)


def slope(values: list[int], results: list[float]) -> float:
    """Of a straight line through the three largest in logarithms."""
    return float(np.polyfit(np.log(values[-3:]), np.log(results[-3:]), 1)[0])


def main() -> None:
    """Print Markdown and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=OUT)
    a = parser.parse_args()
    if a.measure is not None:
        print(json.dumps(measure(a.measure)))
        return
    floor = elsewhere([f"{name}={values[0]}" for name, values in VALUES.items()])[1]
    print(f"The smallest step takes {floor:.0f} MB.\n")
    print("| varied | values | s a step | MB more than the smallest | time as | memory as |")
    print("| --- | --- | --- | --- | ---: | ---: |")
    figure, axes = plt.subplots(2, len(VALUES), figsize=(11, 4.6), sharey="row", layout="tight")
    for column, (name, values) in zip(axes.T, VALUES.items(), strict=True):
        points = [elsewhere([f"{name}={value}"]) for value in values]
        seconds = [point[0] for point in points]
        memory = [max(1.0, point[1] - floor) for point in points]
        slopes = slope(values, seconds), slope(values, memory)
        cells = [", ".join(str(v) for v in values), ", ".join(f"{s:.2f}" for s in seconds)]
        cells += [", ".join(f"{m:.0f}" for m in memory), *(f"x^{value:.2f}" for value in slopes)]
        print("|", " | ".join((NAMES[name], *cells)), "|", flush=True)
        for axis, results, power in zip(column, (seconds, memory), slopes, strict=True):
            axis.loglog(values, results, "o-", color="0.2")
            axis.set_title(f"slope {power:.2f}", fontsize=9)
            axis.set_xticks(values, [str(v) for v in values])
            axis.minorticks_off()
        column[1].set_xlabel(NAMES[name])
    axes[0, 0].set_ylabel("s a step")
    axes[1, 0].set_ylabel("MB beyond the smallest")
    a.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(a.out, dpi=110)
    print()
    print_threads()


if __name__ == "__main__":
    main()
