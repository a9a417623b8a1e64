"""The separation network: analysis by unrolled LCISTA, synthesis by linear maps.

Reference: Pu et al. 2022, Fig. 3, eq. (11), (14).
"""

from typing import Any

import keras
import tensorflow as tf

from .config import NetworkConfig
from .lcista import CoupledState, LcistaIteration
from .synthesis import ImageSynthesis, LinearSynthesis


@keras.saving.register_keras_serializable(package="tfpaintsep")
class LcistaAnalysis(keras.layers.Layer):
    """L iterations (11) from the start (14) to the codes z1, z2 and images y1, y2.

    Args:
        layers: L.
        weights: "tied" or "untied".
        seed: Seed of the initial values.
        **iteration: Arguments of `LcistaIteration`.
    """

    def __init__(
        self,
        layers: int = 5,
        weights: str = "tied",
        seed: int = 0,
        iteration: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.layers = layers
        self.weights_mode = weights
        self.seed = seed
        self.iteration = dict(iteration or {})
        # Untied layers start from one draw: they are then free to grow apart.
        self.iterations = [
            LcistaIteration(seed=seed, name=f"iteration_{index}", **self.iteration)
            for index in range(1 if weights == "tied" else layers)
        ]

    def build(self, *_: Any, **__: Any) -> None:
        """Build the iterations."""
        for iteration in self.iterations:
            iteration.build()
        self.built = True

    def call(self, xray: tf.Tensor, rgb: tf.Tensor, g1: tf.Tensor) -> CoupledState:
        """Run all iterations.

        Args:
            xray: x, (n, h, w, 1), in units of the gain.
            rgb: r, (n, h, w, 3), in [0, 1].
            g1: First guess of the surface layer, (n, h, w, 1), in units of the gain.

        Returns:
            The last iterates; codes (2n, h, w, K), images (n, h, w, 1).
        """
        state = CoupledState(None, None, g1, xray - g1)
        if self.weights_mode == "untied":
            for iteration in self.iterations:
                state = iteration(state, xray, rgb, reuse=False)
            return state
        (iteration,) = self.iterations
        weights = iteration.weights_now()
        for _ in range(self.layers):
            state = iteration(state, xray, rgb, weights=weights)
        return state

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            **super().get_config(),
            "layers": self.layers,
            "weights": self.weights_mode,
            "seed": self.seed,
            "iteration": self.iteration,
        }


@keras.saving.register_keras_serializable(package="tfpaintsep")
class SeparationNetwork(keras.Model):
    """x, r and g1 to the two X-ray layers, their sum and the photograph.

    All images are in units of the gain; scaling to and from the user's units happens where
    the model is exported.

    Args:
        config: The network's configuration (or its dictionary, when deserialised).
        seed: Seed of the initial values.
    """

    def __init__(
        self, config: NetworkConfig | dict[str, Any] | None = None, seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.config = NetworkConfig.model_validate(config or {})
        self.seed = seed
        c = self.config
        self.analysis = LcistaAnalysis(
            layers=c.layers,
            weights=c.weights,
            seed=seed,
            iteration={
                "channels": c.channels,
                "kernel": c.kernel,
                "shrinkage": c.shrinkage,
                "threshold": c.threshold,
                "wavelet": c.wavelet,
                "exclusion_prior": c.exclusion_prior,
                "initialiser": c.initialiser,
                "convolution": c.convolution,
            },
            name="analysis",
        )
        self.synthesis = (
            LinearSynthesis(c.channels, c.kernel, c.initialiser, c.convolution, seed)
            if c.synthesis == "codes"
            else ImageSynthesis(c.kernel, 32, c.initialiser, seed)
        )

    def build(self, *_: Any, **__: Any) -> None:
        """Build both networks; every weight exists afterwards."""
        self.analysis.build()
        self.synthesis.build()
        self.built = True

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """Separate.

        Args:
            inputs: "xray" (n, h, w, 1) and "init" (n, h, w, 1) in units of the gain, "rgb"
                (n, h, w, 3) in [0, 1].
            training: Unused; nothing differs.

        Returns:
            "surface", "concealed", "mixture" (their sum), and the information images "y1",
            "y2", each (n, h, w, 1), and "visible" (n, h, w, 3).
        """
        del training
        xray, rgb, init = (self._extend(inputs[name]) for name in ("xray", "rgb", "init"))
        state = self.analysis(xray, rgb, init)
        layers, visible = self.synthesis(state)
        surface, concealed = tf.split(layers, 2, axis=0)
        outputs = {
            "surface": surface,
            "concealed": concealed,
            "mixture": surface + concealed,
            "visible": visible,
            "y1": state.y1,
            "y2": state.y2,
        }
        return {name: self._cut_back(image) for name, image in outputs.items()}

    def _extend(self, image: tf.Tensor) -> tf.Tensor:
        border = self.config.border
        if border == 0:
            return image
        return tf.pad(image, [[0, 0], [border, border], [border, border], [0, 0]], "SYMMETRIC")

    def _cut_back(self, image: tf.Tensor) -> tf.Tensor:
        border = self.config.border
        return image[:, border:-border, border:-border] if border else image

    def receptive_radius(self) -> int:
        """Pixels on each side that an output pixel can depend on.

        In one iteration y2 looks C and D far and then the frame's W^T W, and y1 does the
        same from the new y2; the codes look no further. The last codes are made from the
        images of the layer before.
        """
        half = self.config.kernel // 2
        frame = self.analysis.iterations[0].frame.taps - 1 if self.config.exclusion_prior else 0
        iteration = 2 * (2 * half + frame)
        if self.config.synthesis == "codes":
            return (self.config.layers - 1) * iteration + 2 * half
        return self.config.layers * iteration + 4 * half

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {"config": self.config.model_dump(), "seed": self.seed, "name": self.name}
