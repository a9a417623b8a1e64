"""What is fused gives the same, and is fused only where that was asked for."""

import os
import re
import subprocess
import sys
import textwrap

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


@needs_xla
def test_xla_compiles_once_a_shape_and_while_the_graph_is_traced() -> None:
    program = """
        import threading
        import tensorflow as tf
        from tfpaintsep.training.fusion import fused, fusible

        @fusible
        def halved(x):
            return x / 2

        @tf.function
        def graph(x):
            with fused():
                return halved(x) + halved(halved(x))

        graph.get_concrete_function(tf.TensorSpec([3]))
        for thread in threading.enumerate():
            if thread.name.startswith("compiling"):
                thread.join()
        print("traced", flush=True)
        print(graph(tf.ones(3)).numpy().tolist())
        """
    # Said by TensorFlow itself, which is asked nowhere how often it compiles.
    said = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_VMODULE": "device_compilation_profiler=2"}
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, **said},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    meanwhile, later = result.stdout.split("traced\n")
    assert "[0.75, 0.75, 0.75]" in later
    assert len(re.findall("Compiled __inference_halved", meanwhile)) == 1
    assert "Compiled __inference" not in later


@needs_xla
def test_where_shapes_are_not_known_nothing_is_compiled_before_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None])])
    def graph(x: tf.Tensor) -> tf.Tensor:
        with fused():
            return halved_sum(x, x)

    monkeypatch.setattr(fusion, "threading", None)  # so that it fails where one is started
    graph.get_concrete_function()
    np.testing.assert_array_equal(graph(tf.ones(2)), [1, 1])


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
