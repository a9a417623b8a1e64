"""Writing and reading SavedModels whose folder says what they are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfpaintsep.errors import InputError

from .locate import METADATA, add_version
from .warmup import Requests, write_warmup

DESCRIBE = "describe"
"""The signature that answers with the text of `model.json`."""


def write_saved_model(
    folder: Path,
    model: keras.Model,
    endpoints: dict[str, tuple[Callable[..., Any], list[Any]]],
    metadata: dict[str, Any],
    warmup: Requests | None = None,
) -> Path:
    """Write the next version of a model.

    Beside the endpoints it gets the signature `describe`: "query" (b,) string, whose content does
    not matter, to "json" (b,) string, the text of `assets.extra/model.json` for each entry. So
    whoever reaches the model through a server alone learns what it is.

    Args:
        folder: The model's folder; the version is written below it.
        model: What the endpoints compute with, built.
        endpoints: By name a function and the specifications of its arguments; the first is
            also `serving_default`.
        metadata: What `assets.extra/model.json` shall say.
        warmup: By signature a request that a server shall answer while it loads the model;
            `describe` gets one by itself.

    Returns:
        The version's folder.
    """
    description = json.dumps(metadata, indent=2) + "\n"

    def describe(query: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"json": tf.fill(tf.shape(query), description)}

    query = tf.TensorSpec([None], tf.string, name="query")

    def fill(target: Path) -> None:
        archive = keras.export.ExportArchive()
        archive.track(model)
        for name, (function, signature) in {**endpoints, DESCRIBE: (describe, [query])}.items():
            archive.add_endpoint(name=name, fn=function, input_signature=signature)
        archive.write_out(str(target), verbose=False)
        (target / METADATA).parent.mkdir(exist_ok=True)
        (target / METADATA).write_text(description)
        write_warmup(target, {**(warmup or {}), DESCRIBE: {"query": np.array([b""])}})

    return add_version(folder, fill)


def load_signature(version: Path, name: str = "serving_default") -> Callable[..., Any]:
    """Load a signature as a function of named tensors.

    Raises:
        InputError: If the SavedModel cannot be loaded or lacks the signature.
    """
    try:
        loaded = tf.saved_model.load(str(version))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            version,
            expected="a SavedModel that TensorFlow can load",
            found=str(error).splitlines()[0][:200],
            advice="Copy it anew, or train again.",
        ) from error
    if name not in loaded.signatures:
        raise InputError(
            version,
            expected=f"the signature {name}",
            found=", ".join(loaded.signatures) or "none",
            advice="Give a model made by train-sep or train-sr.",
        )
    function = loaded.signatures[name]
    function._tfpaintsep_keeps_alive = loaded  # its variables live as long as the module
    return function
