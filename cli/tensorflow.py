"""Loading TensorFlow without the notices its libraries print for their own developers."""

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def load_quietly() -> None:
    """Import TensorFlow and look for devices without the notices.

    Raises:
        ImportError: If TensorFlow cannot be imported.
    """
    if "tensorflow" in sys.modules:
        return
    with quietly(), without("sklearn", "matplotlib"), uncollected():
        import tensorflow as tf

        tf.config.list_physical_devices("GPU")


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Let imports of these packages fail, unless they are there already.

    TensorFlow imports Keras, and Keras all that it has wrappers for, if it is installed: a
    second of every start. In this process those wrappers then stay out of use; nothing here
    goes through them.
    """
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: Python's mark
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking through what is imported, now and later.

    None of it becomes garbage, and while TensorFlow is imported the collector would look again
    and again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


@contextmanager
def quietly() -> Iterator[None]:
    """Put the process's standard error aside; if an exception ends this, show it after all.

    The notices come from C++ before any logging level is heard, so the file descriptor itself
    is redirected.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            if failed:
                aside.seek(0)
                sys.stderr.write(aside.read().decode(errors="replace"))
