"""No output pixel sees further than `receptive_radius` says, and some see that far."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.network import SeparationNetwork

CASES: list[dict[str, Any]] = [
    {"layers": 1, "synthesis": "codes"},
    {"layers": 2, "synthesis": "codes"},
    {"layers": 2, "synthesis": "codes", "wavelet": "db2"},
    {"layers": 3, "synthesis": "codes", "exclusion_prior": False, "weights": "untied"},
    {"layers": 1, "synthesis": "images"},
    {"layers": 2, "synthesis": "images", "kernel": 3},
    {"layers": 2, "synthesis": "images", "exclusion_prior": False},
]


def reach(network: SeparationNetwork, images: dict[str, tf.Tensor], names: list[str]) -> int:
    """Largest distance at which the central output pixels' gradients are not zero."""
    middle = images["xray"].shape[1] // 2
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = network(images)
        # A random mixture of channels: no cancellation by symmetry.
        value = tf.add_n([tf.reduce_sum(outputs[n][:, middle, middle] ** 2) for n in names])
    gradients = tape.gradient(value, images, unconnected_gradients="zero")
    depends = sum(np.abs(g.numpy()).sum(axis=(0, 3)) for g in gradients.values()) > 0
    rows, columns = np.nonzero(depends)
    return int(max(np.abs(rows - middle).max(), np.abs(columns - middle).max()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case.values())))
def test_radius_is_a_bound_and_is_reached(
    case: dict[str, Any],
    make_images: Callable,
    make_network: Callable[..., SeparationNetwork],
) -> None:
    network = make_network(channels=4, **case)
    for iteration in network.analysis.iterations:
        # Small lambda keeps codes alive, moderate mu makes the frame act.
        iteration.raw_lambda.assign(tf.fill(iteration.raw_lambda.shape, -6.0))
        iteration.raw_mu.assign([-1.0, -1.0, -1.0, -1.0])
    radius = network.receptive_radius()
    size = 2 * radius + 9
    images = make_images(size, size, batch=1)
    layers = reach(network, images, ["surface", "concealed", "mixture", "visible"])
    assert layers <= radius
    # The bound is not generous: rounding to zero far out may cost a few pixels.
    assert layers >= radius - 3


def test_the_photograph_looks_furthest_with_images_synthesis(
    make_images: Callable, make_network: Callable[..., SeparationNetwork]
) -> None:
    network = make_network(channels=4, layers=1, synthesis="images")
    images = make_images(61, 61, batch=1)
    visible, surface = (reach(network, images, [name]) for name in ("visible", "surface"))
    # Three filters of 5 x 5 lie between the surface layer and the photograph.
    assert visible == surface + 6
