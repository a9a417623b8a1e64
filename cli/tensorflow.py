"""Loading TensorFlow without the notices its libraries print for their own developers."""

import os
import sys
import tempfile


def load_quietly() -> None:
    """Import TensorFlow and look for devices with the process's standard error put aside.

    The notices come from C++ before any logging level is heard, so the file descriptor itself
    is redirected. If the import fails, what was printed is shown.

    Raises:
        ImportError: If TensorFlow cannot be imported.
    """
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices("GPU")
            failed = False
        except BaseException:
            failed = True
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            if failed:
                aside.seek(0)
                sys.stderr.write(aside.read().decode(errors="replace"))
