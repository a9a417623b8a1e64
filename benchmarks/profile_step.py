"""Where the time of a training step goes, by TensorFlow's own profiler.

    python benchmarks/profile_step.py [--preset fast] [--steps 20]

Profiles the package's compiled steps, batches included, on the built-in painting. Two operations
may run at the same time, each on several cores, so that the operations' times add up to more
than the step's; the column of shares is of their sum.
"""

import argparse
import os
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.sampling import PatchSampler
from tfpaintsep.separation.training import METRICS, SeparationTrainer, make_optimizer
from tfpaintsep.simulation import demo_painting
from tfpaintsep.training.loop import compiled_steps
from tfpaintsep.training.strategies import make_repeatable

# The first that an operation's name matches; the names are those of layers, scopes and types.
GROUPS = {
    "cutting the batch": r"batch/",
    "loss and exclusion": r"loss/|gradient_tape/loss",
    "fused thresholds, the wavelet frame's too": r"fusion(\.\d+)?$",
    "convolutions and matrix products": r":\w*(Conv2D|MatMul)",
    "shifting, cutting and joining images": (
        r":_?(Mkl)?(Transpose|Slice|Pad|ConcatV2|StridedSlice(Grad)?|Split|Unpack|Pack|ReverseV2)$"
    ),
    "adding up gradients and images": r":(AddN|AddV2|Sub|Sum)$",
    "the rest, the optimizer among it": r":\w+$",
}


def operations(trace: Path) -> Counter[str]:
    """Milliseconds by the operation's name and type."""
    space = xplane_pb2.XSpace()
    space.ParseFromString(next(trace.rglob("*.xplane.pb")).read_bytes())
    found: Counter[str] = Counter()
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                if "::" not in name:  # TensorFlow's own functions, which contain operations
                    found[name] += event.duration_ps / 1e9
    return found


def count_traced(concrete: Any) -> int:
    """Operations of a traced function and of all that it calls, each counted once."""
    graph = concrete.graph.as_graph_def()
    return sum(len(nodes) for nodes in (graph.node, *(f.node_def for f in graph.library.function)))


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--steps", type=int, default=20)
    a = parser.parse_args()
    make_repeatable()  # as `train-sep` does
    config = load_configuration(SeparationConfig, "separation", a.preset, None, ())
    network = SeparationNetwork(config.network, seed=0)
    network.build()
    trainer = SeparationTrainer(network, config.loss, config.training.clip_norm)
    painting = demo_painting()
    xray = (painting.mixture / 65535).astype(np.float32)
    sampler = PatchSampler(xray, painting.rgb, xray / 2, config.training)
    trainer.optimizer = make_optimizer(config.training, sampler.steps_per_epoch)
    trainer.optimizer.build(network.trainable_variables)
    advance = compiled_steps(trainer, sampler, tf.distribute.get_strategy(), METRICS)

    def steps(first: int) -> float:
        began = time.perf_counter()
        advance(tf.constant(first, tf.int64), tf.constant(first + a.steps, tf.int64)).numpy()
        return 1e3 * (time.perf_counter() - began) / a.steps

    steps(0)
    plain = steps(a.steps)
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            steps(2 * a.steps)
        found = operations(Path(folder))
    groups: Counter[str] = Counter()
    for name, milliseconds in found.items():
        for group, pattern in GROUPS.items():
            if re.search(pattern, name):
                groups[group] += milliseconds / a.steps
                break
    total = sum(groups.values())
    print(
        f"A step takes {plain:.0f} ms without the profiler; its operations {total:.0f} ms in all."
    )
    concrete = advance.get_concrete_function  # type: ignore[attr-defined]  # of a tf.function
    traced = count_traced(concrete(*(tf.zeros([], tf.int64),) * 2))
    print(f"What is traced once has {traced} operations, constants included.\n")
    print("| operations | ms a step | share |")
    print("| --- | ---: | ---: |")
    for group, milliseconds in groups.most_common():
        print(f"| {group} | {milliseconds:.1f} | {milliseconds / total:.0%} |")


if __name__ == "__main__":
    main()
