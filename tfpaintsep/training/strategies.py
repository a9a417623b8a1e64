"""Where training runs, and how a run is made repeatable."""

import tensorflow as tf


def single_device() -> tf.distribute.Strategy:
    """The strategy of one device: TensorFlow's default, under which `run` calls directly."""
    return tf.distribute.get_strategy()


def make_repeatable() -> None:
    """Make training deterministic: the same seed gives the same bits on a CPU.

    The project draws all its random numbers from stateless generators seeded by (seed, step), so
    there is no hidden random state. What is left is the order of parallel sums. TensorFlow's own
    switch does not reach oneDNN, which shares a convolution's work out by the thread it happens
    to run on; with one operation at a time that is always the same. Each operation still uses
    all cores, and a step takes no longer.

    To be called before TensorFlow's first operation: later, the number of threads cannot change.
    """
    tf.config.experimental.enable_op_determinism()
    if tf.config.threading.get_inter_op_parallelism_threads() != 1:
        try:
            tf.config.threading.set_inter_op_parallelism_threads(1)
        except RuntimeError:  # a program that has already computed something, such as a test
            return
