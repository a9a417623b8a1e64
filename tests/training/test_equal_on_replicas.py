"""The same seed and batch give the same weights on one replica, two and four."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

Results = dict[str, tuple[dict[str, float], list[np.ndarray]]]
"""By case the metrics and the weights."""

PROGRAM = """
import pickle, sys
import numpy as np, tensorflow as tf
replicas, kept = int(sys.argv[1]), sys.argv[2]
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, replicas * [tf.config.LogicalDeviceConfiguration()])
from tfpaintsep.separation import config as sep, training as sep_training
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.sampling import PatchSampler
from tfpaintsep.superresolution import config as sr, training as sr_training
from tfpaintsep.superresolution.discriminator import PatchDiscriminator
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.patches import AdversarialSampler
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.sampling import PretrainingSampler
from tfpaintsep.training.loop import compiled_steps

STEPS = 20
rng = np.random.default_rng(0)
image = lambda *shape: np.float32(rng.random(shape))
xray, rgb, init = image(40, 44), image(40, 44, 3), image(40, 44)
pair = Pair(rgb.reshape(10, 4, 11, 4, 3).mean((1, 3))[..., :2], rgb, Downsampling(4))
generator = {"iterations": 2, "channels": 6, "initialiser": "glorot"}

def separation(optimizer, batch, clip_norm):
    training = sep.TrainingConfig(sampling="crops", patch=16, batch=batch, steps_per_epoch=5,
        optimizer=optimizer, clip_norm=clip_norm, learning_rate=0.02)
    network = SeparationNetwork({"channels": 4, "layers": 1, "initialiser": "ista"})
    network.build()
    trainer = sep_training.SeparationTrainer(network, sep.LossConfig(), clip_norm)
    trainer.optimizer = sep_training.make_optimizer(training, 5)
    trainer.optimizer.build(network.trainable_variables)
    return trainer, PatchSampler(xray, rgb, init, training), sep_training.METRICS

def pretraining():
    config = sr.PretrainingConfig(sampling="blocks", batch=137, augmented="wald", displaced=2)
    network = SigmoidListaNetwork(generator, 2, final_sigmoid=False)
    network.build()
    trainer = sr_training.Pretrainer(network, sr.DownsamplingConfig(), sr.LossConfig(), 0.3)
    trainer.optimizer = sr_training.make_optimizer(0.01, "cosine", STEPS)
    trainer.optimizer.build(network.trainable_variables)
    sampler = PretrainingSampler(pair, config, 0, 1.0)
    assert sampler.samples % 2 == 1  # not to be divided evenly
    return trainer, sampler, sr_training.PRETRAINING_METRICS

def adversarial(certainty, bias):
    network, judge = SigmoidListaNetwork(generator, 2), PatchDiscriminator()
    network.build(), judge.build()
    judge.third.kernel.assign(certainty * judge.third.kernel)
    judge.third.bias.assign(judge.third.bias + bias)
    loss = sr.LossConfig(alpha2=0.1)
    trainer = sr_training.AdversarialTrainer(network, judge, sr.DownsamplingConfig(), loss, 16)
    trainer.compile(*(sr_training.make_optimizer(1e-3, "constant", STEPS) for _ in range(2)))
    config = sr.AdversarialConfig(sampling="crops", patch=16, batch=10)
    return trainer, AdversarialSampler(pair, config, 0), sr_training.ADVERSARIAL_METRICS

def outcome(make, strategy):
    with strategy.scope():
        trainer, sampler, names = make()
    values = compiled_steps(trainer, sampler, strategy, names)(
        tf.constant(0, tf.int64), tf.constant(STEPS, tf.int64))
    return dict(zip(names, values.numpy())), [v.numpy() for v in trainer.trainable_variables]

if replicas == 1:
    strategy = tf.distribute.get_strategy()
else:
    strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(replicas)])
cases = {
    "separation, clipped, uneven shares": lambda: separation("sgd", 5, 0.1),
    "pretraining": pretraining,
    # Near +1 and -1, so that the filter bites differently on each replica.
    "filter sets uneven": lambda: adversarial(20.0, 0.0),
    "filter sets empty": lambda: adversarial(1.0, 50.0),
}
results = {}
for title, make in cases.items():
    results[title] = outcome(make, strategy)
    before = make()[0].trainable_variables
    moved = [np.abs(w - b.numpy()).max() for w, b in zip(results[title][1], before)]
    assert max(moved) > 1e-3, title
with open(kept, "wb") as file:
    pickle.dump(results, file)
"""


def results_on(replicas: int, folder: Path) -> Results:
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    kept = folder / str(replicas)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(replicas), str(kept)],
        env={**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results: Results = pickle.loads(kept.read_bytes())
    return results


@pytest.mark.slow
def test_one_two_and_four_replicas_end_with_the_same_weights(tmp_path: Path) -> None:
    # Strategies of different sizes need processes of their own.
    one = results_on(1, tmp_path)
    for replicas in (2, 4):
        for title, (metrics, weights) in results_on(replicas, tmp_path).items():
            for name, value in one[title][0].items():
                label = f"{title}, {replicas} replicas: {name}"
                np.testing.assert_allclose(metrics[name], value, 1e-3, 1e-6, err_msg=label)
            for a, b in zip(one[title][1], weights, strict=True):
                np.testing.assert_allclose(a, b, rtol=0, atol=1e-5, err_msg=label)
    shares = {
        title: [float(value) for name, value in metrics.items() if "misclassified" in name]
        for title, (metrics, _) in one.items()
    }
    uneven, empty = shares["filter sets uneven"], shares["filter sets empty"]
    assert all(0.05 < share < 0.95 for share in uneven), "the filter bites nowhere or everywhere"
    assert empty == [0.0, 1.0, 0.0]
