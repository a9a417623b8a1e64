"""What is fused gives the same, and is fused only where that was asked for."""

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.training.fusion import fused, fusible


@fusible
def halved_sum(x: tf.Tensor, y: tf.Tensor, half: float = 0.5) -> tf.Tensor:
    return half * (x + y)


def compiled_functions(function: tf.types.experimental.PolymorphicFunction) -> list[str]:
    """Names of the functions that XLA must compile, of a traced function's graph."""
    library = function.get_concrete_function().graph.as_graph_def().library
    return [
        f.signature.name
        for f in library.function
        if "_XlaMustCompile" in f.attr and f.attr["_XlaMustCompile"].b
    ]


@pytest.mark.parametrize("enabled", [True, False])
def test_a_fusible_function_is_compiled_within_fused_alone(enabled: bool) -> None:
    @tf.function
    def graph() -> tf.Tensor:
        with fused(enabled):
            return halved_sum(tf.range(3.0), tf.ones(3))

    np.testing.assert_array_equal(graph(), [0.5, 1, 1.5])
    assert bool(compiled_functions(graph)) == enabled


def test_outside_nothing_is_fused_even_after_it_was() -> None:
    with fused():
        halved_sum(tf.ones(3), tf.ones(3), 0.25)

    @tf.function
    def graph() -> tf.Tensor:
        return halved_sum(tf.ones(3), tf.ones(3), 0.25)

    assert not compiled_functions(graph)
