"""How fast a training step is, beside the same network written plainly, and beside the machine.

    python benchmarks/training_step.py [--repetitions 9]

Compares the package's step with `plain_separation` in TensorFlow and, where it is installed, in
PyTorch (eager, not compiled), from equal weights on equal patches; all have Adam. Their first
losses are compared too. Repetitions are interleaved, so that a busy machine slows all of them
alike; medians are shown. Operations are those of the convolutions between images and codes,
forward and twice backward, and the peak is that of a product of 2048 x 2048 matrices.
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from plain_separation import (  # type: ignore[import-not-found]  # beside this script
    Framework,
    frame_kernels,
    loss,
    separate,
    weights_of,
)

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.training import SeparationTrainer
from tfpaintsep.simulation import demo_painting
from tfpaintsep.training.fusion import fused
from tfpaintsep.training.precision import mixed_precision
from tfpaintsep.training.strategies import make_repeatable

SHAPES = {"paper's patches": (64, 50), "fast's patches": (4, 128)}
"""Number and side of the patches."""

Images = dict[str, np.ndarray]
Step = Callable[[], float]


def patches(count: int, side: int) -> Images:
    """Patches of the built-in painting, halved as a first guess."""
    painting = demo_painting()
    xray = (painting.mixture / 65535).astype(np.float32)
    rng = np.random.default_rng(0)
    images: Images = {"xray": xray[..., None], "rgb": painting.rgb, "init": xray[..., None] / 2}
    places = rng.integers(0, xray.shape[0] - side + 1, (count, 2))
    return {
        name: np.stack([image[r : r + side, c : c + side] for r, c in places])
        for name, image in images.items()
    }


def ours(
    config: SeparationConfig,
    network: SeparationNetwork,
    batch: Images,
    bfloat16: bool = False,
    fusing: bool = True,
) -> Step:
    """The package's training step, under the settings of `train-sep`."""
    make_repeatable()
    trainer = SeparationTrainer(network, config.loss)
    trainer.optimizer = keras.optimizers.Adam(config.training.learning_rate)
    trainer.optimizer.build(network.trainable_variables)
    tensors = {name: tf.constant(value) for name, value in batch.items()}

    @tf.function(autograph=False)
    def step() -> tf.Tensor:
        with mixed_precision(bfloat16), fused(fusing):
            return trainer.train_step(tensors)["loss"]

    return lambda: float(step())


def plain_tensorflow(config: SeparationConfig, network: SeparationNetwork, batch: Images) -> Step:
    """The plain network in a graph, with TensorFlow's gradients and optimizer of graphs."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
    f = Framework(
        convolve=lambda image, kernel, margin: tf.nn.conv2d(
            image, kernel, 1, [[0, 0], [margin, margin], [margin, margin], [0, 0]]
        ),
        pad=lambda image, below, right: tf.pad(image, [[0, 0], [0, below], [0, right], [0, 0]]),
        relu=tf.nn.relu,
        sign=tf.sign,
        tanh=tf.tanh,
        sqrt=tf.sqrt,
        mean=lambda image: tf.reduce_mean(image, [1, 2, 3], keepdims=True),
    )
    weights = {name: tf.Variable(value) for name, value in weights_of(network).items()}
    frame = tuple(tf.constant(kernel) for kernel in frame_kernels(network))
    tensors = {name: tf.constant(value) for name, value in batch.items()}
    optimizer = keras.optimizers.Adam(config.training.learning_rate)
    optimizer.build(list(weights.values()))

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = loss_of(f, config, weights, frame, tensors)
        optimizer.apply(tape.gradient(value, list(weights.values())), list(weights.values()))
        return value

    return lambda: float(step())


def plain_pytorch(config: SeparationConfig, network: SeparationNetwork, batch: Images) -> Step:
    """The plain network in PyTorch, eager."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(os.cpu_count() or 1)

    def convolve(image: torch.Tensor, kernel: torch.Tensor, margin: int) -> torch.Tensor:
        result = functional.conv2d(
            image.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), padding=margin
        )
        return result.permute(0, 2, 3, 1)

    f = Framework(
        convolve=convolve,
        pad=lambda image, below, right: functional.pad(image, (0, 0, 0, right, 0, below)),
        relu=torch.relu,
        sign=torch.sign,
        tanh=torch.tanh,
        sqrt=torch.sqrt,
        mean=lambda image: image.mean((1, 2, 3), keepdim=True),
    )
    weights = {
        name: torch.tensor(value, requires_grad=True) for name, value in weights_of(network).items()
    }
    frame = tuple(torch.tensor(kernel) for kernel in frame_kernels(network))
    tensors = {name: torch.tensor(value) for name, value in batch.items()}
    optimizer = torch.optim.Adam(weights.values(), lr=config.training.learning_rate)

    def step() -> float:
        optimizer.zero_grad()
        value = loss_of(f, config, weights, frame, tensors)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def loss_of(f, config, weights, frame, tensors):  # type: ignore[no-untyped-def]
    """The plain network's loss."""
    outputs = separate(f, weights, frame, tensors, config.network.layers)
    c = config.loss
    return loss(f, tensors, outputs, c.eta1, c.eta2, c.scales)


def operations(config: SeparationConfig, count: int, side: int) -> float:
    """Additions and multiplications of a step, in convolutions between images and codes."""
    n = config.network
    through_codes = n.layers * 4 + 2 + 3  # A and B on both layers; surface, concealed, photograph
    return 3 * 2 * n.kernel**2 * n.channels * through_codes * count * side**2


def medians(steps: dict[str, Callable[[], object]], repetitions: int) -> dict[str, float]:
    """Seconds of each, repetitions interleaved."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repetitions):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - began)
    return {name: median(times) for name, times in seconds.items()}


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=9)
    repetitions = parser.parse_args().repetitions
    settings = ("network.border=0", "loss.reduction=mean")
    config = load_configuration(SeparationConfig, "separation", "fast", None, settings)
    square = tf.random.stateless_normal((2048, 2048), [0, 0])
    print("| batch | step | first loss | ms | patches/s | times plain TensorFlow | of peak |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for title, (count, side) in SHAPES.items():
        batch = patches(count, side)
        ways: dict[str, Callable[..., Step]] = {"plain, TensorFlow": plain_tensorflow}
        if find_spec("torch"):
            ways["plain, PyTorch"] = plain_pytorch
        ways["tfpaintsep, not fused"] = partial(ours, fusing=False)
        ways["tfpaintsep"] = ours
        ways["tfpaintsep, bfloat16"] = partial(ours, bfloat16=True)
        steps: dict[str, Callable[[], object]] = {}
        first = {}
        for name, way in ways.items():
            network = SeparationNetwork(config.network, seed=0)
            network.build()
            step = way(config, network, batch)
            first[name] = step()
            step()
            steps[name] = step
        if np.ptp(list(first.values())[:-1]) > 1e-4 * first["tfpaintsep"]:
            raise SystemExit(f"The losses differ: {first}")
        found = medians({**steps, "peak": lambda: tf.matmul(square, square).numpy()}, repetitions)
        peak = 2 * 2048**3 / found.pop("peak")
        work = operations(config, count, side)
        for name, seconds in found.items():
            print(
                f"| {title}, {count} of {side} x {side} px | {name} | {first[name]:.6f} "
                f"| {1e3 * seconds:.0f} | {count / seconds:.0f} "
                f"| {found['plain, TensorFlow'] / seconds:.1f} | {work / seconds / peak:.0%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
