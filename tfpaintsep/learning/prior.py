"""Learning the prior of `tfpaintsep.separation.prior`."""

import queue
import threading
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfpaintsep.files import replacing
from tfpaintsep.separation.prior.evidence import gather_evidence
from tfpaintsep.separation.prior.guess import split_evenly
from tfpaintsep.separation.prior.network import correction, initial_weights
from tfpaintsep.training.progress import ProgressDisplay

from .mixtures import draw_mixture
from .objective import gains, loss

BATCHES = {256: 4, 320: 3, 384: 2}
"""By the side of the mixtures, in pixels, how many a step sees. They are seen whole: most of a
layer varies slowly, and what a crop says of that is wrong of the painting."""

_POOL = 16
"""Mixtures of each side to draw from. Every step one is replaced: to prepare one takes as long as
a step."""

_RATE, _WARM_UP, _CLIP = 1.5e-3, 100, 0.5
"""Learning rate, the steps in which it rises, and the largest norm of the gradient."""

_DECAY = 0.1
"""Decay of the weights, in units of the learning rate."""

_AVERAGE = 0.003
"""By how much the averaged weights follow the weights in a step."""

_SAVED = 500
"""Steps between two writings of the averaged weights."""

Example = dict[str, np.ndarray]


def learn(files: Sequence[Path], steps: int, seed: int, out: Path) -> None:
    """Learn from mixtures of these paintings.

    Args:
        files: Paintings, as `paintings.paint` made them.
        steps: Of training; the learning rate falls to a hundredth over them.
        seed: Of weights and mixtures.
        out: Where the averaged weights are written, float16, every now and then.
    """
    weights = [tf.Variable(value) for value in initial_weights(seed)]
    averaged = [tf.Variable(value) for value in weights]
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - _WARM_UP), 0.01, warmup_target=_RATE, warmup_steps=_WARM_UP
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=_DECAY, clipnorm=_CLIP)
    optimizer.build(weights)

    @tf.function(reduce_retracing=True)
    def step(fine, coarse, reliability, boldness, surface, concealed):  # type: ignore[no-untyped-def]
        with tf.GradientTape() as tape:
            estimate = split_evenly(fine, coarse)
            estimate += correction(fine, coarse, reliability, boldness, weights)
            found = gains(estimate[..., 0], surface, concealed)
            value = tf.reduce_mean(loss(found, boldness))
        gradients = tape.gradient(value, weights)
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients])
        optimizer.apply([tf.where(finite, g, tf.zeros_like(g)) for g in gradients], weights)
        for mean, weight in zip(averaged, weights, strict=True):
            mean.assign_add(_AVERAGE * (weight - mean))
        return tf.stack([value, *(tf.reduce_mean(gain) for gain in found)])

    batches: queue.Queue[Example] = queue.Queue(6)
    rng = np.random.default_rng(seed)
    threading.Thread(target=_supply, args=(files, rng, batches), daemon=True).start()
    recent: list[np.ndarray] = []
    with ProgressDisplay("Learning", steps) as progress:
        for done in range(1, steps + 1):
            recent = [*recent[-299:], step(**batches.get()).numpy()]
            value, *found = np.mean(recent, axis=0)
            error, distortion, leakage = (10 / np.log(10) * gain for gain in found)
            scores = f"error {error:.2f} dB, SDRi {distortion:.2f}, SIRi {leakage:.2f}"
            progress.advance(done, f"loss {value:.3f}, {scores}")
            if done % _SAVED == 0 or done == steps:
                with replacing(out) as part, part.open("wb") as stream:
                    np.savez(stream, *(mean.numpy().astype(np.float16) for mean in averaged))


def _supply(
    files: Sequence[Path], rng: np.random.Generator, batches: "queue.Queue[Example]"
) -> None:
    pools = {side: [_prepared(files, side, rng) for _ in range(_POOL)] for side in BATCHES}
    while True:
        side = int(rng.choice(list(BATCHES)))
        pool = pools[side]
        chosen = rng.choice(_POOL, BATCHES[side], replace=False)
        batch = {name: np.stack([pool[i][name] for i in chosen]) for name in pool[0]}
        batch["boldness"] = np.asarray([_boldness(rng) for _ in chosen], np.float32)
        batches.put(batch)
        pool[rng.integers(_POOL)] = _prepared(files, side, rng)


def _prepared(files: Sequence[Path], side: int, rng: np.random.Generator) -> Example:
    """A mixture as the network shall see it and as it shall answer."""
    mixture = draw_mixture(files, side, rng)
    xray = mixture.surface + mixture.concealed
    evidence = gather_evidence(xray, mixture.rgb)
    fine, coarse = evidence.maps(tf.constant(xray[None, ..., None]), tf.constant(mixture.rgb[None]))
    surface, concealed = (
        (layer - layer.mean()) / np.float32(evidence.deviation)
        for layer in (mixture.surface, mixture.concealed)
    )
    return {
        "fine": fine.numpy()[0],
        "coarse": coarse.numpy()[0],
        "reliability": np.asarray(evidence.reliability, np.float32),
        "surface": surface,
        "concealed": concealed,
    }


def _boldness(rng: np.random.Generator) -> float:
    """None, full or any."""
    return float(rng.choice([0.0, 1.0, rng.random()]))
