"""The generator: K unfolded iterations, then the reconstruction, eq. (7) to (9).

Reference: Verinaz-Jadan et al., section III and Fig. 1 (a).
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .config import GeneratorConfig
from .lista import SigmoidListaIteration, SigmoidListaReconstruction

_SMALL = 0.3
"""By which D's initial weights are multiplied where the network gives a correction only."""


@keras.saving.register_keras_serializable(package="tfpaintsep")
class SigmoidListaNetwork(keras.Model):
    """X = [Y_up, Z] to the reconstructions of the maps and of the photograph.

    Everything is in the network's grey scale; `scaling` and the projection stand outside.

    Args:
        config: The generator's configuration (or its dictionary, when deserialised).
        bands: B, number of element maps.
        rgb_channels: b, channels of the photograph.
        final_sigmoid: Whether (8) ends with the sigmoid; by default what the configuration
            says of the time after pretraining.
        seed: Seed of the initial values.
    """

    def __init__(
        self,
        config: GeneratorConfig | dict[str, Any] | None = None,
        bands: int = 1,
        rgb_channels: int = 3,
        final_sigmoid: bool | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.config = c = GeneratorConfig.model_validate(config or {})
        self.bands = bands
        self.rgb_channels = rgb_channels
        self.final_sigmoid = c.final_sigmoid if final_sigmoid is None else final_sigmoid
        self.seed = seed
        common: dict[str, Any] = {
            "channels": c.channels,
            "bands": bands,
            "rgb_channels": rgb_channels,
            "blocks": c.blocks,
            "initialiser": c.initialiser,
        }
        self.iterations = [
            SigmoidListaIteration(
                first=index == 0,
                squared=c.squared == "all",
                seed=_seed_of(seed, index),
                name=f"iteration_{index}",
                **common,
            )
            for index in range(c.iterations)
        ]
        self.reconstruction = SigmoidListaReconstruction(
            sigmoid=self.final_sigmoid,
            seed=_seed_of(seed, c.iterations),
            name="reconstruction",
            **common,
        )

    def build(self, *_: Any, **__: Any) -> None:
        """Build all layers; every weight exists afterwards."""
        for iteration in self.iterations:
            iteration.build()
        self.reconstruction.build()
        if self.config.residual:
            # Close to no correction of Y_up; not zero, where a square has no gradient.
            raw = self.reconstruction.D.raw
            maps = np.arange(self.bands + self.rgb_channels) < self.bands
            raw.assign(raw * np.where(maps, _SMALL, 1).astype(np.float32))
        self.built = True

    def codes(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """A of the last iteration, (n, h, w, M), in (0, 1); inputs as in `call`."""
        x = tf.concat([inputs["interpolated"], inputs["rgb"]], axis=-1)
        codes = None
        for iteration in self.iterations:
            codes = iteration(x, codes)
        return codes

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """Reconstruct, eq. (9).

        Args:
            inputs: "interpolated" Y_up (n, h, w, B), the enlarged, scaled coarse maps, and
                "rgb" Z (n, h, w, b) in [0, 1].
            training: Unused; nothing differs.

        Returns:
            "maps" (n, h, w, B), not yet projected, and "visible" (n, h, w, b).
        """
        del training
        x = self.reconstruction(self.codes(inputs))
        maps, visible = x[..., : self.bands], x[..., self.bands :]
        if self.config.residual:
            maps += inputs["interpolated"]
        return {"maps": maps, "visible": visible}

    def matrices(self) -> list[keras.Variable]:
        """The weights of W, S and D, before squaring, without the lambdas."""
        layers = [layer for it in self.iterations for layer in (it.S, it.W) if layer is not None]
        return [layer.raw for layer in [*layers, self.reconstruction.D]]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            "config": self.config.model_dump(),
            "bands": self.bands,
            "rgb_channels": self.rgb_channels,
            "final_sigmoid": self.final_sigmoid,
            "seed": self.seed,
            "name": self.name,
        }


def _seed_of(seed: int, index: int) -> int:
    """A seed for each iteration, which draws two matrices and a threshold."""
    return 1000 * seed + 3 * index
