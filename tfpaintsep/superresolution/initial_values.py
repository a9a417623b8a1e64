"""Initial values of the generator's matrices. The paper gives none."""

import numpy as np

_STEEPNESS = 16
"""By which "steep" multiplies S."""


def initial_matrix(kind: str, role: str, shape: tuple[int, int], seed: int) -> np.ndarray:
    """Draw the weights of one matrix.

    Args:
        kind: "uniform": uniform within 1 / sqrt(fan-in), a common default of 1x1 convolutions.
            "glorot": W and S uniform within sqrt(6 / (fan-in + fan-out)); the squares of D's
            weights are 1 / M in the mean, so that codes of 1/2 give images of 1/2.
            "steep": as "glorot", but S sixteen times as large, and W lower by three on its
            diagonal. So A - W A has the slope 4, which undoes the sigmoid's 1/4, and a
            gradient passes through all iterations; and maps that fill a small part of their
            range still move the codes.
        role: "W", "S" or "D".
        shape: (fan-in, fan-out).
        seed: Seed of the draw.

    Returns:
        float32 weights, not squared.

    Raises:
        ValueError: If the kind is unknown.
    """
    inputs, outputs = shape
    if kind == "uniform":
        bound = 1 / np.sqrt(inputs)
    elif kind in ("glorot", "steep"):
        bound = np.sqrt(3 / inputs) if role == "D" else np.sqrt(6 / (inputs + outputs))
    else:
        raise ValueError(f"initialiser must be 'uniform', 'glorot' or 'steep'. Received: {kind}")
    weights = np.random.default_rng(seed).uniform(-bound, bound, shape)
    if kind == "steep" and role == "S":
        weights *= _STEEPNESS
    elif kind == "steep" and role == "W":
        weights -= 3 * np.eye(inputs)
    return weights.astype(np.float32)


def initial_threshold(kind: str, s: np.ndarray, first: bool, seed: int) -> np.ndarray:
    """Choose lambda of one iteration, (M,) float32.

    Zero; but "steep" puts the steepest place of each code's sigmoid at a random point of the
    inputs' range, and centres what later iterations add.

    Args:
        kind: The initialiser.
        s: Weights of S, (B + b, M).
        first: Whether this is the first iteration, without W.
        seed: Seed of the draw.
    """
    if kind != "steep":
        return np.zeros(s.shape[1], np.float32)
    points = np.random.default_rng(seed).uniform(size=s.shape)
    return ((points * s).sum(axis=0) + (0 if first else 2)).astype(np.float32)
