"""Fusing chains of element-wise operations: one pass over memory in place of ten.

On a CPU such a chain takes as long as its reads and writes. XLA makes one loop of it, at the
price of a compilation for each shape, and in a graph that only runs where XLA is. So a
function that gains by it is marked `fusible`, and is fused only in what is traced within
`fused`: a training step on one device, never a model that is exported. XLA compiles it while
the rest of the step is traced.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any

import tensorflow as tf

_FUSED: ContextVar[bool] = ContextVar("fused", default=False)


@contextmanager
def fused(enabled: bool = True) -> Iterator[None]:
    """What is traced within has its fusible functions compiled, if enabled and possible.

    On a GPU nothing was measured, and all stays as it is.
    """
    token = _FUSED.set(enabled and _possible())
    try:
        yield
    finally:
        _FUSED.reset(token)


def fusing() -> bool:
    """Whether what is traced now is fused: for functions that are written otherwise then."""
    return _FUSED.get()


def fusible(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    """Mark a function of tensors, element-wise for the most part, as one that can be fused.

    Arguments after the tensors are constants of the compiled function.
    """
    compiled = tf.function(function, autograph=False, jit_compile=True)
    begun = set()

    @wraps(function)
    def either(*arguments: Any) -> tf.Tensor:
        if not fusing():
            return function(*arguments)
        result = compiled(*arguments)
        tensors = tuple(tf.TensorSpec(a.shape, a.dtype) for a in arguments if tf.is_tensor(a))
        signature = tensors, arguments[len(tensors) :]
        if tf.inside_function() and signature not in begun:
            begun.add(signature)
            _compile_meanwhile(compiled, *signature)
        return result

    return either


def _compile_meanwhile(
    compiled: Callable[..., Any], tensors: Sequence[tf.TensorSpec], constants: Sequence[Any]
) -> None:
    """Have XLA compile a function in a thread, unless its shapes are not known yet.

    XLA itself would compile it where the graph first runs, and all would wait for that. What it
    has compiled in one graph holds for every other, so the thread runs a graph of this function
    alone, on zeros.
    """
    if not all(spec.shape.is_fully_defined() for spec in tensors):
        return

    def run() -> None:
        alone = tf.function(lambda *given: compiled(*given, *constants), autograph=False)
        with suppress(tf.errors.OpError):  # the step fails again, and says so
            alone.get_concrete_function(*tensors)(*(tf.zeros(t.shape, t.dtype) for t in tensors))

    threading.Thread(target=run, name=f"compiling {compiled.__name__}").start()


@cache
def _possible() -> bool:
    """Whether this build of TensorFlow compiles for CPUs, and computes on one."""
    if tf.config.list_logical_devices("GPU"):
        return False
    try:
        with tf.init_scope():  # out of the graph that is being traced: to run it, not to record it
            tf.function(tf.negative, autograph=False, jit_compile=True)(tf.zeros([]))
    except tf.errors.OpError:
        return False
    return True
