"""What distributing the training costs: on one device, in bytes sent, and at most on eight.

One device: processor time of the loop's steps against the same steps without any call of
tf.distribute, taken in turn, and each compared with the plain one of its own round. Bytes: what
one of two replicas puts into the all-reduce operations of the graph, on two devices of one process
and in two processes. Eight devices: an estimate from these, with its assumptions printed.

    python benchmarks/distribution.py [--rounds 20] [--part overhead|bytes]

Works on one thread and on simulated paintings, and needs no GPU.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

os.environ.update(OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from distribution_bytes import nodes, print_bytes  # type: ignore[import-not-found]  # beside this
from distribution_cases import Case, pretraining, separation  # type: ignore[import-not-found]
from distribution_estimate import print_estimate  # type: ignore[import-not-found]

from tfpaintsep.separation import training as separation_training
from tfpaintsep.simulation import demo_painting
from tfpaintsep.superresolution import training as super_resolution_training
from tfpaintsep.training.loop import Compilation, compiled_steps
from tfpaintsep.training.strategies import make_repeatable
from tfpaintsep.training.workers import Workers

Advance = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

TIMED = {
    "separation": (separation("fast"), separation("fast", "training.batch=1"), 1),
    "super-resolution": (pretraining("fast"), pretraining("fast", "pretraining.batch=256"), 4),
}
"""What is timed, the same with a quarter of the batch, and how many calls make a round."""

PLAIN, QUARTER = "no tf.distribute", "single, a quarter of the batch"
WARM_UP = 2


class Fixed(Workers):
    """This process alone, under a strategy that the command line does not offer.

    Args:
        strategy: The strategy.
    """

    strategy: Any = None

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        super().__init__()
        self.strategy = strategy


def plain_steps(case: Case) -> Advance:
    """The same steps without tf.distribute: a loop, and Keras' own way to apply gradients."""

    def update(
        optimizer: Any, tape: tf.GradientTape, loss: tf.Tensor, variables: Any,
        clip_norm: float | None = None,
    ) -> tf.Tensor:  # fmt: skip
        gradients = tape.gradient(loss, variables)
        norm = tf.linalg.global_norm(gradients)
        if clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return norm

    @tf.function
    def several(first: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
        total = tf.zeros([len(case.metrics)])
        for step in tf.range(first, last):
            values = case.trainer.train_step(case.sampler.batch(step, tf.constant(0), 1))
            total += tf.stack([values[name] for name in case.metrics])
        return total / tf.cast(last - first, tf.float32)

    with (
        patch.object(separation_training, "update", update),
        patch.object(super_resolution_training, "update", update),
    ):
        several.get_concrete_function(*[tf.TensorSpec([], tf.int64)] * 2)
    return several


def print_overhead(rounds: int) -> None:
    """Time the steps under each strategy of one device."""
    painting = demo_painting(size=(256, 256), seed=0)
    strategies = {
        "single": tf.distribute.get_strategy(),
        "OneDeviceStrategy": tf.distribute.OneDeviceStrategy("CPU:0"),
        "MirroredStrategy, one device": tf.distribute.MirroredStrategy(["CPU:0"]),
    }
    print("| `fast` | | ms a step | times the plain loop | quartiles | fastest | operations |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for title, (build, build_quarter, calls) in TIMED.items():
        cases = {PLAIN: build(painting, Fixed(strategies["single"]))}
        advance = {PLAIN: plain_steps(cases[PLAIN])}
        for name, strategy in {**strategies, QUARTER: strategies["single"]}.items():
            make = build_quarter if name == QUARTER else build
            case = cases[name] = make(painting, Fixed(strategy))
            # All without what only a step on one device has, to compare the strategies alone.
            how = Compilation(fused=False)
            advance[name] = compiled_steps(case.trainer, case.sampler, strategy, case.metrics, how)
        seconds = time_in_turn(advance, calls * rounds)
        for name, taken in seconds.items():
            low, middle, high = np.quantile(taken / seconds[PLAIN], (0.25, 0.5, 0.75))
            fastest = taken.min() / seconds[PLAIN].min()
            print(
                f"| {title} | {name} | {1e3 * np.median(taken):.1f} | {middle:.3f} "
                f"| {low:.3f} to {high:.3f} | {fastest:.3f} | {operations(advance[name])} |",
                flush=True,
            )
            if name != QUARTER:  # they must have done the same
                pairs = zip(cases[name].trainer.weights, cases[PLAIN].trainer.weights, strict=True)
                for ours, plain in pairs:
                    np.testing.assert_allclose(ours.numpy(), plain.numpy(), atol=1e-4)


def time_in_turn(advance: dict[str, Advance], steps: int) -> dict[str, np.ndarray]:
    """Seconds of processor time of each variant's steps, (steps,)."""
    taken: dict[str, list[float]] = {name: [] for name in advance}
    order = np.random.default_rng(0)
    for step in range(WARM_UP + steps):
        first, last = tf.constant(step, tf.int64), tf.constant(step + 1, tf.int64)
        for name in order.permutation(list(advance)):
            began = time.process_time()
            advance[name](first, last).numpy()
            taken[name].append(time.process_time() - began)
    return {name: np.array(values[WARM_UP:]) for name, values in taken.items()}


def operations(advance: Advance) -> int:
    """Number of operations in a compiled function."""
    return sum(1 for _ in nodes(advance))


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=20, help="steps of the separation; four times as many others"
    )
    parser.add_argument("--part", choices=["overhead", "bytes"], help="leave the other out")
    arguments = parser.parse_args()
    make_repeatable()
    if arguments.part != "overhead":
        rows = print_bytes()
        print()
        print_estimate(rows)
        print()
    if arguments.part != "bytes":
        print_overhead(arguments.rounds)


if __name__ == "__main__":
    main()
