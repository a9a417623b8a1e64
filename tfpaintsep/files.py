"""Writing files so that nobody ever sees half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file beside its place, and move it there when it is whole.

    If an exception ends this, an older file stays as it is and nothing is left beside it.

    Args:
        path: In a folder that exists.

    Yields:
        Where to write meanwhile.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        if error.filename == str(part):  # a name that nobody has given
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, UTF-8, in one step."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
