"""Where training runs, and how a run is made repeatable."""

import tensorflow as tf


def single_device() -> tf.distribute.Strategy:
    """The strategy of one device: TensorFlow's default, under which `run` calls directly."""
    return tf.distribute.get_strategy()


def make_repeatable() -> None:
    """Make every operation deterministic: the same seed gives the same bits on a CPU.

    The project draws all its random numbers from stateless generators seeded by
    (seed, step), so there is no hidden random state; this closes what is left, the order of
    parallel sums.
    """
    tf.config.experimental.enable_op_determinism()
