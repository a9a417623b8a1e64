"""Bytes that two devices, or two workers, send one another in a step of each training.

Run by `distribution.py`; as a program of its own it prints JSON for one strategy: strategies of
different sizes need different processes.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import tensorflow as tf
from distribution_cases import (  # type: ignore[import-not-found]  # beside this script
    adversarial,
    pretraining,
    separation,
)

from tfpaintsep.simulation import demo_painting
from tfpaintsep.training.loop import compiled_steps
from tfpaintsep.training.placement import Placement, place
from tfpaintsep.training.strategies import make_repeatable
from tfpaintsep.training.workers import Workers

COUNTED = {
    "separation, `fast`": separation("fast"),
    "separation, `paper`": separation("paper"),
    "super-resolution, `fast`": pretraining("fast"),
    "super-resolution, `paper`, pretraining": pretraining("paper"),
    "super-resolution, `paper`, adversarial": adversarial("paper"),
    "the same in crops": adversarial("paper", "adversarial.sampling=crops"),
}


def nodes(advance: Callable[..., tf.Tensor]) -> Iterator[Any]:
    """All operations of a compiled function, those of the functions it calls included."""
    traced = advance.get_concrete_function(*[tf.TensorSpec([], tf.int64)] * 2)  # type: ignore[attr-defined]
    graph = traced.graph.as_graph_def(add_shapes=True)
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def count(strategy: str) -> list[dict[str, Any]]:
    """Trace each training on two devices, or at two workers, and find its all-reduces."""
    workers = Workers(place("multiworker", None) if strategy == "multiworker" else
                      Placement("mirrored", 2))  # fmt: skip
    _ = workers.strategy
    painting = demo_painting(size=(96, 96), seed=0)  # no byte depends on its size
    here = len(workers.strategy.extended.worker_devices)
    rows = []
    for title, build in COUNTED.items():
        case = build(painting, workers)
        began = time.process_time()
        advance = compiled_steps(case.trainer, case.sampler, workers.strategy, case.metrics)
        found = [node for node in nodes(advance) if "CollectiveReduce" in node.op]
        sizes = sorted(map(size_of, found))[::here]
        assert sorted(map(size_of, found)) == sorted(sizes * here), "replicas differ"
        whole = case.sampler.config.sampling == "image"
        weights = sum(4 * int(np.prod(one.shape)) for one in case.trainer.trainable_variables)
        rows.append(
            {
                "title": title,
                "weights": weights,
                "sizes": sizes[::-1],
                "samples": None if whole else case.sampler.samples,
                "seconds": time.process_time() - began,
            }
        )
    return rows


def size_of(node: Any) -> int:
    """Bytes of what an operation gives."""
    shape = node.attr["_output_shapes"].list.shape[0]
    dtype = tf.dtypes.as_dtype(node.attr["T"].type)
    return int(np.prod([one.size for one in shape.dim])) * int(dtype.size)


def counted_apart(strategy: str) -> list[dict[str, Any]]:
    """`count` in a process of its own, or in two that form a cluster; the chief's answer."""
    with closing(socket.socket()) as one, closing(socket.socket()) as other:
        for held in (one, other):
            held.bind(("127.0.0.1", 0))
        cluster = {"worker": [f"127.0.0.1:{held.getsockname()[1]}" for held in (one, other)]}
    tasks = [{"type": "worker", "index": index} for index in (0, 1)]
    configs = [{"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})} for task in tasks]
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, strategy],
            env=os.environ | config,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for config in (configs if strategy == "multiworker" else [{}])
    ]
    results = [process.communicate(timeout=600) for process in processes]
    for process, (_, errors) in zip(processes, results, strict=True):
        if process.returncode:
            raise SystemExit(errors)
    rows: list[dict[str, Any]] = json.loads(results[0][0].splitlines()[-1])
    return rows


def print_bytes() -> list[dict[str, Any]]:
    """Print the bytes beside those of the weights; those at workers come back."""
    mirrored, multiworker = (counted_apart(one) for one in ("mirrored", "multiworker"))
    print("| | weights, bytes | all-reduced on two devices | by two workers | tracing, s |")
    print("| --- | --- | --- | --- | --- |")
    for one, other in zip(mirrored, multiworker, strict=True):
        parts = [" + ".join(f"{size:,}" for size in row["sizes"]) for row in (one, other)]
        print(
            f"| {one['title']} | {one['weights']:,} | {parts[0]} | {parts[1]} "
            f"| {one['seconds']:.0f} / {other['seconds']:.0f} |"
        )
    return multiworker


if __name__ == "__main__":
    make_repeatable()
    print(json.dumps(count(sys.argv[1])))
