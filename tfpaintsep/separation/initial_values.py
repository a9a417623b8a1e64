"""Initial values of the network's parameters: the paper's, and a bounded start.

Reference: Pu et al. 2022, section III-C: filters Gaussian, scalars uniform in (0, 1].
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class IterationValues:
    """The parameters of (11), with the shapes of Keras kernels (kh, kw, in, out)."""

    A: np.ndarray
    B: np.ndarray
    C: np.ndarray
    D: np.ndarray
    E: np.ndarray
    F: np.ndarray
    lambda_: np.ndarray
    mu: np.ndarray
    tau: np.ndarray
    gamma: np.ndarray


def initial_values(kind: str, channels: int, kernel: int, seed: int) -> IterationValues:
    """Draw the parameters of one iteration.

    Args:
        kind: "gaussian" or "ista".
        channels: K.
        kernel: Side of the filters.
        seed: Seed of the draw.

    Returns:
        The values, float64.

    Raises:
        ValueError: If the kind is unknown.
    """
    rng = np.random.default_rng(seed)
    if kind == "gaussian":
        return _gaussian(channels, kernel, rng)
    if kind == "ista":
        return _ista(channels, kernel, rng)
    raise ValueError(f"initialiser must be 'gaussian' or 'ista'. Received: {kind}")


def gaussian_filter_bank(
    kernel: int, inputs: int, outputs: int, rng: np.random.Generator
) -> np.ndarray:
    """Gaussian filters of standard deviation 1 / sqrt(fan-in), which keeps signals bounded."""
    scale = 1 / np.sqrt(kernel * kernel * inputs)
    return scale * rng.standard_normal((kernel, kernel, inputs, outputs))


def dictionary(channels: int, kernel: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """A random dictionary B of unit-norm atoms, and xi >= ||B^T B||.

    With at least as many atoms as a filter has pixels, the atoms are made a tight frame of
    filter space: sum_k b_k b_k^T = (K / kernel^2) I. The sum of their autocorrelations is then
    an impulse, so one step of length 1 / xi already reproduces an image inside its border.

    Returns:
        B with shape (kernel, kernel, channels, 1), and xi, the largest value of
        sum_k |B_k(omega)|^2 over a fine grid of frequencies, with a margin of 1%.
    """
    atoms = rng.standard_normal((channels, kernel * kernel))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    if channels >= kernel * kernel:
        for _ in range(50):  # towards a frame that is tight and of unit norm at once
            left, _, right = np.linalg.svd(atoms, full_matrices=False)
            atoms = left @ right
            atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    filters = atoms.T.reshape(kernel, kernel, channels, 1)
    spectrum = np.abs(np.fft.fft2(filters[..., 0], (64, 64), axes=(0, 1))) ** 2
    return filters, 1.01 * float(np.max(spectrum.sum(axis=-1)))


def _adjoint(kernel: np.ndarray) -> np.ndarray:
    """The kernel whose "same" convolution is the adjoint of that of `kernel`."""
    return kernel[::-1, ::-1].transpose(0, 1, 3, 2)


def _gaussian(channels: int, kernel: int, rng: np.random.Generator) -> IterationValues:
    scalars = 1 - rng.random(9)  # uniform in (0, 1]

    def bank(inputs: int, outputs: int) -> np.ndarray:
        # Half the usual deviation, which brings the gains of B A, D C and F E near one: at
        # the usual one, five layers amplify a quarter of all draws more than 1000-fold.
        return gaussian_filter_bank(kernel, inputs, outputs, rng) / 2

    return IterationValues(
        A=bank(1, channels),
        B=bank(channels, 1),
        C=bank(1, 1),
        D=bank(1, 1),
        E=bank(3, 1),
        F=bank(1, 3),
        lambda_=scalars[:2],
        mu=scalars[2:6],
        tau=scalars[6:8],
        gamma=scalars[8],
    )


def _ista(channels: int, kernel: int, rng: np.random.Generator) -> IterationValues:
    """The plain solver's iteration on a random dictionary, with Psi a unit impulse."""
    B, xi = dictionary(channels, kernel, rng)
    impulse = np.zeros((kernel, kernel, 1, 1))
    impulse[kernel // 2, kernel // 2] = 1
    return IterationValues(
        A=_adjoint(B) / xi,
        B=B,
        C=impulse / 4,
        D=impulse,
        E=0.01 * gaussian_filter_bank(kernel, 3, 1, rng),
        F=0.01 * gaussian_filter_bank(kernel, 1, 3, rng),
        lambda_=np.full(2, 1e-4),
        mu=np.full(4, 1e-3),
        tau=np.full(2, -1e-1),
        gamma=np.asarray(1e-2),
    )
