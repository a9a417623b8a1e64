"""What is fused gives the same, and is fused only where that was asked for."""

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf.message import Message

from tfpaintsep.training import fusion
from tfpaintsep.training.fusion import fused, fusible

needs_xla = pytest.mark.skipif(
    bool(tf.config.list_physical_devices("GPU")), reason="nothing is fused for GPUs"
)


@fusible
def halved_sum(x: tf.Tensor, y: tf.Tensor, half: float = 0.5) -> tf.Tensor:
    return half * (x + y)


def compiled(library: Message) -> set[str]:
    """Names of the functions of a graph that XLA must compile."""
    return {f.signature.name for f in library.function if f.attr["_XlaMustCompile"].b}


def compiled_in(function: tf.types.experimental.PolymorphicFunction) -> set[str]:
    return compiled(function.get_concrete_function().graph.as_graph_def().library)


@needs_xla
@pytest.mark.parametrize("enabled", [True, False])
def test_a_fusible_function_is_compiled_within_fused_alone(enabled: bool) -> None:
    @tf.function
    def graph() -> tf.Tensor:
        with fused(enabled):
            return halved_sum(tf.range(3.0), tf.ones(3))

    np.testing.assert_array_equal(graph(), [0.5, 1, 1.5])
    assert ["halved_sum" in name for name in compiled_in(graph)] == enabled * [True]


def test_outside_nothing_is_fused_even_after_it_was() -> None:
    with fused():
        halved_sum(tf.ones(3), tf.ones(3), 0.25)
    assert not compiled_in(tf.function(lambda: halved_sum(tf.ones(3), tf.ones(3), 0.25)))


def test_nothing_is_fused_where_xla_cannot_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_for_xla(x: tf.Tensor) -> tf.Tensor:
        return tf.strings.length(tf.strings.as_string(x))

    monkeypatch.setattr(tf, "negative", not_for_xla)
    fusion._possible.cache_clear()

    @tf.function
    def graph() -> tf.Tensor:
        with fused():
            return halved_sum(tf.range(3.0), tf.ones(3))

    try:
        np.testing.assert_array_equal(graph(), [0.5, 1, 1.5])
        assert not compiled_in(graph)
    finally:
        fusion._possible.cache_clear()
