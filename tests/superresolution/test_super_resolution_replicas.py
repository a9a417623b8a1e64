"""Several replicas compute what one does, whatever each of them keeps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TWO_REPLICAS = """
import numpy as np, tensorflow as tf, keras
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, 2 * [tf.config.LogicalDeviceConfiguration()])
from tfpaintsep.superresolution.config import *
from tfpaintsep.superresolution.discriminator import PatchDiscriminator
from tfpaintsep.superresolution.losses import misclassified_loss
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.patches import AdversarialSampler
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.sampling import PretrainingSampler
from tfpaintsep.superresolution.training import *
from tfpaintsep.training.loop import compiled_steps

rng = np.random.default_rng(0)
rgb = np.float32(rng.random((48, 48, 3)))
pair = Pair(rgb.reshape(12, 4, 12, 4, 3).mean((1, 3))[..., :2], rgb, Downsampling(4))
settings = {"iterations": 2, "channels": 6, "initialiser": "glorot"}

def pretraining(strategy):
    with strategy.scope():
        network = SigmoidListaNetwork(settings, 2, final_sigmoid=False)
        network.build()
        trainer = Pretrainer(network, DownsamplingConfig(), LossConfig(), 0.3)
        trainer.compile(optimizer=keras.optimizers.SGD(0.5))
        trainer.optimizer.build(network.trainable_variables)
    config = PretrainingConfig(sampling="blocks", batch=64)
    return trainer, PretrainingSampler(pair, config, 0), PRETRAINING_METRICS

def adversarial(strategy):
    with strategy.scope():
        network = SigmoidListaNetwork(settings, 2)
        discriminator = PatchDiscriminator()
        network.build(), discriminator.build()
        # Near +1 and -1, so that the filter bites differently on each replica.
        discriminator.third.kernel.assign(20 * discriminator.third.kernel)
        trainer = AdversarialTrainer(
            network, discriminator, DownsamplingConfig(), LossConfig(alpha2=0.1), 16)
        trainer.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    config = AdversarialConfig(sampling="crops", patch=16, batch=8)
    return trainer, AdversarialSampler(pair, config, 0), ADVERSARIAL_METRICS

def result(stage, strategy):
    trainer, sampler, names = stage(strategy)
    values = compiled_steps(trainer, sampler, strategy, names)(
        tf.constant(0, tf.int64), tf.constant(2, tf.int64))
    named = dict(zip(names, values.numpy(), strict=True))
    return named, [v.numpy() for v in trainer.trainable_variables]

two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
for stage in (pretraining, adversarial):
    values1, weights1 = result(stage, tf.distribute.get_strategy())
    values2, weights2 = result(stage, two)
    for name, value in values1.items():
        if not name.startswith("gradient_norm"):
            np.testing.assert_allclose(value, values2[name], rtol=1e-4, err_msg=name)
    for a, b in zip(weights1, weights2, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    print({k: v for k, v in values1.items() if "misclassified" in k})

# One replica has four active patches, the other one: the mean is over five.
judgements = tf.constant([0.0, 0.5, -1.0, -2.0, 0.0, 2.0, 3.0, 2.0])
def share(context):
    i = context.replica_id_in_sync_group
    return judgements[4 * i : 4 * i + 4]
parts = two.experimental_distribute_values_from_function(share)
losses = two.run(lambda d: misclassified_loss(d, 1).loss, (parts,))
kept = judgements.numpy()[:5]
np.testing.assert_allclose(two.reduce("SUM", losses, None), np.mean((kept - 1) ** 2), rtol=1e-6)
print("equal")
"""


@pytest.mark.slow
def test_two_replicas_with_half_a_batch_each_equal_one_with_the_whole() -> None:
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", TWO_REPLICAS],
        env={**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.strip().endswith("equal"), done.stdout + done.stderr[-3000:]
