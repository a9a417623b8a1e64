"""Where a model's signatures and description come from: a folder here, a server elsewhere."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from tfpaintsep.errors import InputError

from .locate import find_version, read_metadata
from .saved_model import load_signature

Signature = Callable[..., Mapping[str, Any]]
"""From named arrays or tensors to named arrays or tensors."""

T = TypeVar("T")
R = TypeVar("R")


class ModelSource(Protocol):
    """A model that others run or that is run here.

    Attributes:
        identity: What a record of a result calls the model, its version included.
        metadata: What `assets.extra/model.json` says.
        message_bytes: The most that the inputs or the outputs of one call may take together;
            None for no limit.
    """

    identity: str
    metadata: dict[str, Any]
    message_bytes: int | None

    def signature(self, name: str, outputs: Sequence[str] = ()) -> Signature:
        """A signature as a function, which may give more outputs than asked for.

        Args:
            name: Its name.
            outputs: What is needed of its outputs; all when empty.
        """

    def mapped(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """The built-in `map`; several calls of the function may be under way at once."""


class LocalSource:
    """A model from disk, run in this process.

    Args:
        path: A run folder, a model folder with versions, or a version's folder.

    Raises:
        InputError: If there is no model of this package.
    """

    message_bytes: int | None = None

    def __init__(self, path: Path) -> None:
        self.version = find_version(path)
        self.metadata = read_metadata(self.version)
        self.identity = str(self.version)
        self._loaded: dict[str, Signature] = {}

    def signature(self, name: str, outputs: Sequence[str] = ()) -> Signature:
        """Load a signature, once; it gives all its outputs."""
        if name not in self._loaded:
            self._loaded[name] = load_signature(self.version, name)
        return self._loaded[name]

    def mapped(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """The built-in `map`: TensorFlow already uses all cores for one call."""
        return map(function, items)


def as_source(model: ModelSource | Path) -> ModelSource:
    """A path as the source that reads it; a source as it is."""
    return LocalSource(model) if isinstance(model, Path) else model


def check_kind(source: ModelSource, kind: str, command: str) -> None:
    """Refuse a model of another kind.

    Raises:
        InputError: If its description does not say "kind": kind.
    """
    if source.metadata.get("kind") != kind:
        raise InputError(
            source.identity,
            expected=f"a {kind} model",
            found=f"a model of kind {source.metadata.get('kind')}",
            advice=f"Give a model made by {command}.",
        )


@contextmanager
def reading_description(source: ModelSource) -> Iterator[None]:
    """Turn a fault of the description that is being read into the user's message.

    Raises:
        InputError: If an entry is missing or is not what this version expects.
    """
    try:
        yield
    except InputError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        detail = f"no entry {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise InputError(
            source.identity,
            expected="a description (model.json) as this version of tfpaintsep writes it",
            found=detail[:200],
            advice="Train again with this version, and export the new model.",
        ) from error


def limit_too_small(limit: int | None, needed: int) -> InputError:
    """The refusal of a limit to the messages within which nothing worth computing fits.

    Args:
        limit: What a message may carry, in bytes.
        needed: What would do.
    """
    return InputError(
        "--message-limit",
        expected=f"at least {needed / 2**20 + 0.05:.1f} MiB for this model, whose tiles overlap",
        found=f"{(limit or 0) / 2**20:.2g} MiB",
        advice="Raise it, and what lies between here and the server if that is the limit.",
    )


def check_answer(
    source: ModelSource, answer: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, np.ndarray]:
    """Refuse outputs that are not what was asked for, before they are used.

    Args:
        source: Whose outputs they are.
        answer: Named arrays or tensors.
        shapes: By name the shape that each needed output must have.

    Returns:
        The needed outputs, float32.

    Raises:
        InputError: If one is missing, has another shape or type, or is not finite.
    """
    arrays = {}
    for name, shape in shapes.items():
        expected = f"the output {name}, {shape} float32, finite"
        advice = "This is a fault of the model or its server, not of the images."
        if name not in answer:
            found = f"only {', '.join(sorted(answer)) or 'nothing'}"
            raise InputError(source.identity, expected=expected, found=found, advice=advice)
        array = np.asarray(answer[name])
        if array.shape != tuple(shape) or array.dtype != np.float32:
            found = f"{array.shape} {array.dtype}"
            raise InputError(source.identity, expected=expected, found=found, advice=advice)
        if not np.isfinite(array).all():
            found = "values that are not finite"
            raise InputError(source.identity, expected=expected, found=found, advice=advice)
        arrays[name] = array
    return arrays
