"""Where training runs, and how a run is made repeatable."""

import tensorflow as tf


def single_device() -> tf.distribute.Strategy:
    """The strategy of one device: TensorFlow's default, under which `run` calls directly."""
    return tf.distribute.get_strategy()


def make_repeatable() -> None:
    """Make training deterministic: the same seed gives the same bits on a CPU.

    The project draws all its random numbers from stateless generators seeded by (seed, step), so
    there is no hidden random state. What is left is the order of sums. TensorFlow's own switch
    covers its operations, but not its graph optimizer, which reorders long sums, and not the same
    way in every process; so that is switched off for the functions traced from here on.
    """
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
