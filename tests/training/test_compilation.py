"""Mixed precision, XLA and fusing change how a step is computed, hardly what."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.errors import InputError
from tfpaintsep.separation.config import LossConfig, TrainingConfig
from tfpaintsep.separation.convolution import convolve
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.sampling import PatchSampler
from tfpaintsep.separation.training import METRICS, SeparationTrainer, make_optimizer
from tfpaintsep.superresolution import config as sr
from tfpaintsep.superresolution.config import DownsamplingConfig, PretrainingConfig
from tfpaintsep.superresolution.lista import multiply
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.sampling import PretrainingSampler
from tfpaintsep.superresolution.training import PRETRAINING_METRICS, Pretrainer
from tfpaintsep.training.checkpoints import Checkpoints
from tfpaintsep.training.loop import Compilation, compiled_steps, train
from tfpaintsep.training.placement import Placement
from tfpaintsep.training.precision import mixed_precision
from tfpaintsep.training.workers import Workers

BFLOAT16 = 2.0**-8
"""Largest relative rounding error of one number."""


def products(seed: int) -> list[tf.Tensor]:
    rng = np.random.default_rng(seed)
    image, codes = (tf.constant(rng.random((1, 8, 9, c)), tf.float32) for c in (1, 16))
    kernel = tf.constant(rng.random((5, 5, 1, 16)), tf.float32)
    synthesis = tf.transpose(kernel, [0, 1, 3, 2])
    matrix = tf.constant(rng.random((16, 4)), tf.float32)
    return [convolve(image, kernel), convolve(codes, synthesis), multiply(codes, matrix)]


def test_products_are_rounded_within_the_context_and_nowhere_else() -> None:
    exact = products(0)
    with mixed_precision():
        rounded = products(0)
    with mixed_precision(False):
        same = products(0)
    for a, b, c in zip(exact, rounded, same, strict=True):
        assert b.dtype == tf.float32
        np.testing.assert_array_equal(a, c)
        # All terms are positive, so relative errors do not grow in sums; taps are added singly.
        error = np.max(np.abs(a - b) / a)
        assert 0 < error < 4 * BFLOAT16


def test_gradients_come_back_in_float32() -> None:
    kernel = tf.Variable(tf.ones([5, 5, 1, 16]))
    with mixed_precision(), tf.GradientTape() as tape:
        loss = tf.reduce_mean(convolve(tf.ones([1, 8, 8, 1]), kernel) ** 2)
    gradient = tape.gradient(loss, kernel)
    assert gradient.dtype == tf.float32
    assert np.isfinite(gradient).all()


def separation() -> tuple[Any, Any, tuple[str, ...]]:
    rng = np.random.default_rng(0)
    xray, rgb, init = (rng.random(s).astype("f4") for s in ((40, 44), (40, 44, 3), (40, 44)))
    config = TrainingConfig(
        sampling="crops", patch=16, batch=2, steps_per_epoch=2, optimizer="adam", clip_norm=1
    )
    network = SeparationNetwork({"channels": 4, "layers": 1, "initialiser": "ista"})
    network.build()
    trainer = SeparationTrainer(network, LossConfig(), config.clip_norm)
    trainer.optimizer = make_optimizer(config, 2)
    trainer.optimizer.build(network.trainable_variables)
    return trainer, PatchSampler(xray, rgb, init, config), METRICS


def pretraining() -> tuple[Any, Any, tuple[str, ...]]:
    rgb = np.random.default_rng(0).random((40, 44, 3)).astype("f4")
    pair = Pair(rgb.reshape(10, 4, 11, 4, 3).mean((1, 3))[..., :2], rgb, Downsampling(4))
    network = SigmoidListaNetwork(
        {"iterations": 2, "channels": 6, "initialiser": "glorot"}, 2, final_sigmoid=False
    )
    network.build()
    trainer = Pretrainer(network, DownsamplingConfig(), sr.LossConfig(), 0.3)
    trainer.optimizer = keras.optimizers.Adam(1e-3)
    trainer.optimizer.build(network.trainable_variables)
    config = PretrainingConfig(sampling="blocks", batch=64)
    return trainer, PretrainingSampler(pair, config, 0), PRETRAINING_METRICS


@pytest.mark.slow
@pytest.mark.parametrize("make", [separation, pretraining])
def test_a_training_comes_near_the_plain_one(make: Callable[[], tuple[Any, Any, Any]]) -> None:
    def weights(how: Compilation) -> np.ndarray:
        trainer, sampler, names = make()
        advance = compiled_steps(trainer, sampler, tf.distribute.get_strategy(), names, how)
        advance(tf.constant(0, tf.int64), tf.constant(5, tf.int64))
        return np.concatenate([v.numpy().ravel() for v in trainer.trainable_variables])

    plain, start = (weights(Compilation()), make()[0].trainable_variables)
    moved = np.abs(plain - np.concatenate([v.numpy().ravel() for v in start])).max()
    by_xla = np.abs(weights(Compilation(xla=True)) - plain).max()
    mixed = np.abs(weights(Compilation(mixed_precision=True)) - plain).max()
    by_fusing = np.abs(weights(Compilation(fused=False)) - plain).max()
    assert by_xla < 1e-3 * moved
    assert by_fusing < 1e-3 * moved
    assert 0 < mixed < 0.5 * moved
    assert by_xla < mixed


@pytest.mark.parametrize("fusing", [True, False])
def test_a_separation_has_its_thresholds_fused(fusing: bool) -> None:
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("nothing is fused for GPUs")
    trainer, sampler, names = separation()
    how = Compilation(fused=fusing)
    advance = compiled_steps(trainer, sampler, tf.distribute.get_strategy(), names, how)
    signature = [tf.TensorSpec([], tf.int64)] * 2
    traced = advance.get_concrete_function(*signature)  # type: ignore[attr-defined]
    graph = traced.graph.as_graph_def()
    compiled = [f.signature.name for f in graph.library.function if f.attr["_XlaMustCompile"].b]
    assert any("shrink" in name for name in compiled) == fusing
    assert bool(compiled) == fusing


def test_xla_is_for_one_device(make_line: Callable, make_points: Callable, tmp_path: Path) -> None:
    line = make_line()

    class TwoReplicas(Workers):
        strategy = type("Strategy", (), {"num_replicas_in_sync": 2})()

    with pytest.raises(InputError, match=r"training\.xla"):
        train(
            *(line, make_points(), Checkpoints(tmp_path, line, {"optimizer": line.optimizer})),
            metric_names=("loss",), steps=2, compilation=Compilation(xla=True),
            workers=TwoReplicas(Placement("mirrored")),
        )  # fmt: skip
