"""Learning the prior of `tfpaintsep.separation.prior`."""

import contextlib
import queue
import threading
from collections.abc import Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf

from tfpaintsep.separation.prior.evidence import gather_evidence
from tfpaintsep.separation.prior.guess import split_evenly
from tfpaintsep.separation.prior.network import correction
from tfpaintsep.training.progress import ProgressDisplay

from .mixtures import SIDES
from .objective import gains, loss
from .paintings import KnownPainting

BATCHES = dict(zip(SIDES, (4, 3, 2), strict=True))
"""By the side of the mixtures, in pixels, how many a step sees. They are seen whole: most of a
layer varies slowly, and what a crop says of that is wrong of the painting."""

_POOL = 96
"""Mixtures of each side to choose from. Every step one is replaced: to prepare one takes as long as
a step."""

_WARM_UP, _CLIP = 100, 0.5
"""Steps in which the learning rate rises, and the largest norm of the gradient."""

_DECAY = 0.1
"""Decay of the weights, in units of the learning rate."""

_AVERAGE = 0.003
"""By how much the averaged weights follow the weights in a step."""

Example = dict[str, np.ndarray]


def learn(
    mixtures: Iterator[KnownPainting],
    start: Sequence[np.ndarray],
    *,
    rate: float,
    steps: int,
    seed: int,
) -> list[np.ndarray]:
    """Learn from mixtures.

    Args:
        mixtures: Without end, of all the sides in BATCHES.
        start: The first weights.
        rate: The learning rate; it falls to a hundredth over the steps.
        steps: Of training.
        seed: What is chosen of the mixtures.

    Returns:
        The averaged weights, float16.
    """
    weights = [tf.Variable(value) for value in start]
    averaged = [tf.Variable(value) for value in start]
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - _WARM_UP), 0.01, warmup_target=rate, warmup_steps=_WARM_UP
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
    ended = threading.Event()
    supply = (mixtures, np.random.default_rng(seed), batches, ended)
    threading.Thread(target=_supply, args=supply, daemon=True).start()
    recent: list[np.ndarray] = []
    with ProgressDisplay("Learning", steps) as progress:
        for done in range(1, steps + 1):
            recent = [*recent[-299:], step(**batches.get()).numpy()]
            value, *found = np.mean(recent, axis=0)
            error, distortion, leakage = (10 / np.log(10) * gain for gain in found)
            scores = f"error {error:.2f} dB, SDRi {distortion:.2f}, SIRi {leakage:.2f}"
            progress.advance(done, f"loss {value:.3f}, {scores}")
    ended.set()
    return [mean.numpy().astype(np.float16) for mean in averaged]


def _supply(
    mixtures: Iterator[KnownPainting],
    rng: np.random.Generator,
    batches: "queue.Queue[Example]",
    ended: threading.Event,
) -> None:
    pools: dict[int, list[Example]] = {side: [] for side in BATCHES}
    while min(len(pool) for pool in pools.values()) < _POOL:
        example = prepared(next(mixtures))
        pools[len(example["fine"])].append(example)
    while not ended.is_set():
        pool = pools[side := int(rng.choice(list(BATCHES)))]
        chosen = rng.choice(len(pool), BATCHES[side], replace=False)
        turns, way = int(rng.integers(4)), 1 - 2 * int(rng.integers(2))
        batch = {
            name: turned(np.stack([pool[i][name] for i in chosen]), turns, way) for name in pool[0]
        }
        batch["boldness"] = np.asarray([_boldness(rng) for _ in chosen], np.float32)
        with contextlib.suppress(queue.Full):
            batches.put(batch, timeout=1)
        example = prepared(next(mixtures))
        pool = pools[len(example["fine"])]
        pool[rng.integers(len(pool))] = example


def prepared(mixture: KnownPainting) -> Example:
    """A mixture as the network shall see it and as it shall answer.

    Args:
        mixture: A square of one of SIDES; its layers' means and scale have no meaning.

    Returns:
        The maps and the reliability of `Evidence`, and the layers in units of the mixture's
        deviation, all without a batch's dimension.
    """
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


def turned(images: np.ndarray, turns: int, way: int) -> np.ndarray:
    """Turn and mirror.

    Args:
        images: (n, h, w) or (n, h, w, c); vectors (n, c) stay as they are.
        turns: By how many quarters.
        way: -1 for upside down after that, or 1.
    """
    if images.ndim < 3:
        return images
    return np.ascontiguousarray(np.rot90(images, turns, (1, 2))[:, ::way])


def _boldness(rng: np.random.Generator) -> float:
    """None, full or any."""
    return float(rng.choice([0.0, 1.0, rng.random()]))
