"""What can be chosen about a separation: frozen, complete, unknown keys refused.

The field descriptions say which part of the paper a setting belongs to. The presets in
`configs/separation/` fill these fields; `paper` is the published protocol.
"""

from typing import Annotated, Literal, Self

import pywt
from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class NetworkConfig(_Frozen):
    """The analysis network (11) and the synthesis network (12), (13)."""

    layers: int = Field(5, ge=1)
    """L, unrolled iterations; the paper gives no number."""
    channels: int = Field(64, ge=1)
    """K, convolutional atoms of each code."""
    kernel: int = Field(5, ge=3)
    """Side of every filter, odd, in pixels."""
    weights: Literal["tied", "untied"] = "tied"
    """Whether all layers share one set of parameters (the paper) or own theirs."""
    shrinkage: Literal["soft", "hard", "none"] = "soft"
    """Sparse prior of the codes: l1, l0 (with constant lambda) or none (Fig. 19)."""
    threshold: Literal["scalar", "channel"] = "scalar"
    """Whether lambda is one number for each code (the paper) or one for each channel."""
    wavelet: str = "haar"
    """Orthogonal wavelet of the exclusion frame W, by its PyWavelets name."""
    exclusion_prior: bool = True
    """Whether the iterations contain the shrinkage F of (11); without it, Fig. 19, row 4."""
    synthesis: Literal["codes", "images"] = "codes"
    """Linear in the codes z, (12) and (13); or a convolution of the images y, with a small
    ReLU network from the surface layer to the photograph (the authors' scripts)."""
    initialiser: Literal["gaussian", "ista"] = "gaussian"
    """Gaussian filters and scalars uniform in (0, 1] (the paper); or a start at which the
    iterations are those of the plain solver, with a random near-tight dictionary."""
    border: int = Field(0, ge=0, le=16)
    """Pixels by which images are mirrored beyond their border, and cut back at the end. With 0
    (the paper), convolutions see zeros there and codes end at the border, where the layers then
    add to less than the mixture."""
    convolution: Literal["auto", "matrix", "conv2d"] = "auto"
    """How convolutions are computed: the same result, at different speeds."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd. Received: {self.kernel}")
        known = self.wavelet in pywt.wavelist(kind="discrete")
        # "dmey" calls itself orthogonal but is so only roughly.
        if not known or not pywt.Wavelet(self.wavelet).orthogonal or self.wavelet == "dmey":
            raise ValueError(
                f"wavelet must name an orthogonal wavelet of PyWavelets, such as haar or db2. "
                f"Received: {self.wavelet}"
            )
        return self


class LossConfig(_Frozen):
    """The composite loss (15) and its exclusion term (3)."""

    eta1: float = Field(0.5, ge=0)
    """Weight of the photograph's reconstruction."""
    eta2: float = Field(0.1, ge=0)
    """Weight of the exclusion loss."""
    scales: int = Field(3, ge=1)
    """N of (3): full size, half, quarter, ..."""
    exclusion: Literal["tanh", "sigmoid"] = "tanh"
    """(3); or the form of Zhang et al. 2018, which the authors' scripts use."""
    exclusion_on: Literal["y", "x"] = "y"
    """Whether (3) compares the information images y (the paper) or the X-ray layers."""
    reduction: Literal["sum", "mean"] = "mean"
    """The sums of (15) over a 50 x 50 patch (the paper), or their means: the same loss but
    for the factor 2500."""


class StartConfig(_Frozen):
    """The first guess g1 of the surface layer, (14)."""

    kind: Literal["luminance", "given", "auto", "prior"] = "luminance"
    """The photograph's luminance (the paper); a given image (the paper's Fig. 16c); the
    mixture regressed on multi-scale colour, with the remainder split evenly; or the guess of a
    small network that has learned from simulated paintings."""
    boldness: float = Field(0.5, ge=0, le=1)
    """With `prior`: 0 is cautious, little is torn, more of each layer stays in the other; 1 is
    bold, little stays, but more that is not in either layer appears."""
    colour: bool = True
    """With `prior`: whether what colour explains around each place has a say, as far as colour goes
    with fine detail on this painting; or the guess is the network's alone."""
    sigmas: tuple[Annotated[float, Field(gt=0, le=100)], ...] = (3.0, 8.0)
    """Gaussian scales of the colour features of `auto`, in pixels."""


class TrainingConfig(_Frozen):
    """How the network is trained on the one painting."""

    sampling: Literal["patches", "crops"] = "patches"
    """Every patch of a regular grid once an epoch, shuffled (the paper); or random crops."""
    patch: int = Field(50, ge=16)
    """Side of a patch or crop, in pixels."""
    stride: int = Field(5, ge=1)
    """Step of the grid of patches, in pixels; 50 px patches with 45 px overlap have 5."""
    batch: int = Field(32, ge=1)
    """Patches or crops in a step, over all replicas; the paper gives no number."""
    epochs: int = Field(120, ge=1)
    """Passes over the grid; with `crops`, the same unit of time: a run has this many."""
    steps_per_epoch: int | None = Field(None, ge=1)
    """Steps in an epoch; by default what the grid needs. Must be given with `crops`."""
    optimizer: Literal["sgd", "adam"] = "sgd"
    """SGD without momentum (the paper) or Adam."""
    learning_rate: float = Field(1e-3, gt=0)
    """Learning rate at the start."""
    schedule: Literal["exponential", "cosine"] = "exponential"
    """learning_rate * 10^(-epoch / decay_epochs) (the paper), or one cosine to a
    hundredth of it."""
    decay_epochs: float = Field(40.0, gt=0)
    """Epochs in which the exponential schedule falls to a tenth."""
    clip_norm: float | None = Field(None, gt=0)
    """Largest norm of the whole gradient; none in the paper."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Seed of the initial weights and of the order of patches or the place of crops."""
    steps_per_call: int = Field(10, ge=1)
    """Steps in one call of the compiled function; one row of the history."""
    seconds: float | None = Field(None, ge=0, allow_inf_nan=False)
    """Stop after the first call by whose end training has lasted so long, whatever steps remain;
    results then depend on the machine. A resumed run has as much time again. None: no limit."""
    mixed_precision: bool = False
    """Compute products in bfloat16 while training; see `tfpaintsep.training.precision`."""
    xla: bool = False
    """Compile whole steps with XLA, on one device; slower on the CPUs it was measured on."""
    checkpoint_seconds: float = Field(30.0, ge=0)
    """Least time between two checkpoints; 0 writes one after every call."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.sampling == "crops" and self.steps_per_epoch is None:
            raise ValueError("steps_per_epoch must be given when sampling is crops")
        if self.stride > self.patch:
            raise ValueError(
                f"stride must not exceed patch, or pixels are skipped. "
                f"Received: stride {self.stride}, patch {self.patch}"
            )
        return self


class InferenceConfig(_Frozen):
    """How the trained network is applied to the whole image."""

    mode: Literal["patches", "whole"] = "patches"
    """Overlapping patches, averaged (the paper); or the whole image, in tiles whose overlap
    hides the seams."""
    patch: int = Field(50, ge=16)
    """Side of a patch, in pixels."""
    stride: int = Field(5, ge=1)
    """Step of the grid of patches, in pixels."""
    batch: int = Field(64, ge=1)
    """Patches computed at once."""
    tile: int = Field(256, ge=32)
    """Side of a tile's own region, in pixels; the overlap is added to it."""
    spread: bool = True
    """Whether a training ends with the spread of each pixel's estimates from overlapping patches;
    with `whole` that takes several times as long as the separation itself."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.stride > self.patch:
            raise ValueError(
                f"stride must not exceed patch, or pixels are skipped. "
                f"Received: stride {self.stride}, patch {self.patch}"
            )
        return self


class SeparationConfig(_Frozen):
    """Everything that decides a separation, besides the two images."""

    network: NetworkConfig = NetworkConfig()
    """The network."""
    loss: LossConfig = LossConfig()
    """The loss."""
    start: StartConfig = StartConfig()
    """The first guess."""
    training: TrainingConfig = TrainingConfig()
    """The training."""
    inference: InferenceConfig = InferenceConfig()
    """The application."""
