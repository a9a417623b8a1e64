"""The separation network and its loss written plainly, for TensorFlow and for PyTorch.

One line for one operation of eq. (11) to (15), with the framework's own convolution and its
automatic gradient, and nothing computed once that is written twice: what a careful reader of the
paper would write first. `training_step.py` compares its speed, and its loss, with the package's.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from tfpaintsep.separation.network import SeparationNetwork

Array = Any
Images = Mapping[str, Array]


class Framework(NamedTuple):
    """What is needed of a framework; images are (n, h, w, c), kernels (kh, kw, in, out).

    Attributes:
        convolve: Cross-correlation, from image, kernel and the zeros on each side.
        pad: Zeros below and to the right, from an image and their numbers.
        relu: Elementwise, as `sign`, `tanh` and `sqrt`.
        sign: Elementwise.
        tanh: Elementwise.
        sqrt: Elementwise.
        mean: Over all but the first axis, which are kept with length 1.
    """

    convolve: Callable[[Array, Array, int], Array]
    pad: Callable[[Array, int, int], Array]
    relu: Callable[[Array], Array]
    sign: Callable[[Array], Array]
    tanh: Callable[[Array], Array]
    sqrt: Callable[[Array], Array]
    mean: Callable[[Array], Array]


def weights_of(network: SeparationNetwork) -> dict[str, np.ndarray]:
    """All weights by name, thresholds themselves instead of what softplus makes them of."""
    (iteration,) = network.analysis.iterations
    synthesis = network.synthesis
    named = {name: getattr(iteration, name) for name in ("A", "B", "C", "D", "E", "F")}
    named |= {"lambda": iteration.lambda_, "mu": iteration.mu}
    named |= {"tau": iteration.tau, "gamma": iteration.gamma}
    named |= {"xi": synthesis.xi, "omega": synthesis.omega}
    return {name: np.asarray(value, np.float32) for name, value in named.items()}


def frame_kernels(network: SeparationNetwork) -> tuple[np.ndarray, np.ndarray]:
    """W and its adjoint, as kernels."""
    frame = network.analysis.iterations[0].frame
    analysis, synthesis = (np.asarray(k, np.float32) for k in (frame._analysis, frame._synthesis))
    return analysis, synthesis


def separate(
    framework: Framework, w: Images, frame: tuple[Array, Array], images: Images, layers: int
) -> dict[str, Array]:
    """Eq. (11) to (14)."""
    f = framework
    x, r = images["xray"], images["rgb"]
    half = w["A"].shape[0] // 2

    def conv(image: Array, name: str) -> Array:
        return f.convolve(image, w[name], half)

    def shrink(z: Array, threshold: Array) -> Array:
        return f.sign(z) * f.relu(abs(z) - threshold)

    def frame_shrink(guide: Array, y: Array) -> Array:
        analysis, synthesis = frame
        margin = analysis.shape[0] - 1
        bands = f.convolve(y, analysis, margin)
        return f.convolve(
            shrink(bands, w["mu"] * abs(f.convolve(guide, analysis, margin))), synthesis, 0
        )

    y1, y2 = images["init"], x - images["init"]
    z1 = z2 = None
    for _ in range(layers):
        z2 = shrink(_step(z2, y2, conv), w["lambda"][1])
        z1 = shrink(_step(z1, y1, conv), w["lambda"][0])
        y2 = y2 + conv(x - conv(y1, "D") - conv(y2, "D"), "C") + w["tau"][1] * (y2 - conv(z2, "B"))
        y2 = frame_shrink(y1, y2)
        y1 = (
            y1
            + conv(x - conv(y1, "D") - conv(y2, "D"), "C")
            + w["tau"][0] * (y1 - conv(z1, "B"))
            + w["gamma"] * conv(r - conv(y1, "F"), "E")
        )
        y1 = frame_shrink(y2, y1)
    surface, concealed = conv(z1, "xi"), conv(z2, "xi")
    return {"mixture": surface + concealed, "visible": conv(z1, "omega"), "y1": y1, "y2": y2}


def _step(z: Array | None, y: Array, conv: Callable[[Array, str], Array]) -> Array:
    return conv(y, "A") if z is None else z + conv(y - conv(z, "B"), "A")


def loss(
    framework: Framework, images: Images, outputs: Images, eta1: float, eta2: float, scales: int
) -> Array:
    """Eq. (15) with (3), as means; the package's default forms."""
    f = framework
    error_x = f.mean((images["xray"] - outputs["mixture"]) ** 2)
    error_r = 3 * f.mean((images["rgb"] - outputs["visible"]) ** 2)
    a, b = outputs["y1"], outputs["y2"]
    balance = (f.mean(b**2) / f.mean(a**2)) ** 0.25
    edges = [slopes(f, a) * balance, slopes(f, b) / balance]
    shared = 0.0
    for n in range(scales):
        both = f.tanh(reduced(edges[0], 2**n)) * f.tanh(reduced(edges[1], 2**n))
        shared = shared + 50 / 2**n * f.sqrt(f.mean(both**2) + 1e-20)
    per_image = error_x + eta1 * error_r + eta2 * shared / 2500
    return sum(per_image[i, 0, 0, 0] for i in range(per_image.shape[0])) / per_image.shape[0]


def slopes(framework: Framework, image: Array) -> Array:
    """Length of the forward differences."""
    down = framework.pad(image[:, 1:] - image[:, :-1], 1, 0)
    right = framework.pad(image[:, :, 1:] - image[:, :, :-1], 0, 1)
    return framework.sqrt(down**2 + right**2 + 1e-20)


def reduced(image: Array, factor: int) -> Array:
    """Bilinear reduction: the mean of the middle four pixels of each block."""
    if factor == 1:
        return image
    first = factor // 2 - 1
    height, width = (length // factor * factor for length in image.shape[1:3])
    image = image[:, :height, :width]
    rows = image[:, first::factor] + image[:, first + 1 :: factor]
    return (rows[:, :, first::factor] + rows[:, :, first + 1 :: factor]) / 4
