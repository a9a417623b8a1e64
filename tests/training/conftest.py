"""A model of two weights that trains in no time, for tests of the loop around it."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf


class Line(keras.Model):
    """Fits a x + b by least squares; its loss breaks where the data do."""

    def build(self, *_: object) -> None:
        self.a = self.add_weight(name="a", shape=(), initializer="zeros")
        self.b = self.add_weight(name="b", shape=(), initializer="zeros")
        self.built = True

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self.a * batch["x"] + self.b - batch["y"]) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss, "step": batch["step"]}


class Counter(Line):
    """Reports a term that breaks first and one that breaks a step later."""

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        values = super().train_step(batch)
        later = tf.where(batch["step"] >= 13, np.nan, 1.0)
        return {"loss": tf.where(batch["step"] >= 12, np.nan, values["loss"]), "step": later}


class Points:
    """Points of y = 2 x - 1; from the step `broken_from` on, one is infinite."""

    def __init__(self, broken_from: int = 10**9) -> None:
        self.broken_from = broken_from
        self.samples = 8

    def batch(self, step: tf.Tensor, replica: tf.Tensor, replicas: int) -> dict[str, tf.Tensor]:
        x = tf.random.stateless_uniform([8], seed=tf.stack([3, tf.cast(step, tf.int32)]))
        infinite = tf.where(step >= self.broken_from, np.inf, 0.0)
        return {"x": x, "y": 2 * x - 1 + infinite, "step": tf.cast(step, tf.float32)}


@pytest.fixture
def make_line() -> Callable[[], Line]:
    """A line at zero with Adam, both built."""

    def make() -> Line:
        line = Line()
        line.build()
        line.optimizer = keras.optimizers.Adam(0.1)
        line.optimizer.build(line.trainable_variables)
        return line

    return make


@pytest.fixture
def make_counter() -> Callable[[], Counter]:
    """A model whose two terms break at steps 12 and 13."""

    def make() -> Counter:
        counter = Counter()
        counter.build()
        counter.optimizer = keras.optimizers.Adam(0.1)
        counter.optimizer.build(counter.trainable_variables)
        return counter

    return make


@pytest.fixture
def make_points() -> Callable[..., Points]:
    return Points
