"""What can be chosen about a super-resolution: frozen, complete, unknown keys refused.

The defaults are the published protocol, with the gaps it leaves filled as the fields say. The
presets in `configs/superresolution/` fill these fields; `paper` keeps to the letter.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DownsamplingConfig(_Frozen):
    """U of (2): how the coarse maps come from the fine ones."""

    scale: int = Field(4, ge=1)
    """s: a coarse pixel covers s x s pixels of the photograph."""
    operator: Literal["mean", "decimate"] = "mean"
    """The mean over each s x s block; or its upper left pixel alone."""


class NoiseConfig(_Frozen):
    """Noise of the measured maps."""

    removal: Literal["none", "non_local_means"] = "none"
    """Agree with every measured value, its noise included (the paper); or take the noise out
    first and agree with what remains, where noise is found."""
    least: float = Field(0.04, ge=0)
    """Noise below this part of a map's standard deviation is left in it: it spoils little, and
    is hard to tell from fine detail."""
    search: int = Field(6, ge=1)
    """Coarse pixels on each side among which those that look alike are sought."""
    window: float = Field(1.0, gt=0)
    """Standard deviation of the Gaussian window that is compared, in coarse pixels."""
    strength: float = Field(1.2, gt=0)
    """How different, in deviations of the noise, what is averaged may look."""
    shared: float = Field(0.2, ge=0, le=1)
    """How much of the likeness is that of all elements together."""


class EnlargementConfig(_Frozen):
    """Y_up, what the network begins with."""

    interpolation: Literal["bilinear", "lanczos"] = "bilinear"
    """How the coarse maps are enlarged: bilinear (the paper); or by Lanczos kernels and corrected
    to agree with the coarse maps, which starts nearer to the truth."""
    guide: Literal["none", "local_fit"] = "none"
    """Interpolation alone (the paper); or with detail from the photograph, by a fit of each map
    as an affine function of colour in every neighbourhood."""
    trust: Literal["full", "measured"] = "measured"
    """With `local_fit`, how much of its detail each map takes: all; or as much as a test one
    scale down supports, which notices where the photograph is not well registered."""
    sharpness: Literal["full", "measured"] = "full"
    """With `interpolation: lanczos`, how far each map goes from bilinear interpolation to it: all
    the way; or as far as a test one scale down supports, on maps made as noisy as these."""
    window: float = Field(0.7, gt=0)
    """Standard deviation of the neighbourhood's Gaussian window, in coarse pixels."""
    ridge: float = Field(1e-5, gt=0)
    """Added to the variance of each colour, in units of the full scale squared."""


class ScalingConfig(_Frozen):
    """The grey scale in which the network sees the maps."""

    headroom: float = Field(0.2, ge=0)
    """Room below the smallest and above the largest coarse value, as a part of their
    difference: the mean over a block hides the peaks in it."""


class GeneratorConfig(_Frozen):
    """The unfolded network, (7) to (9), and the block structure (4)."""

    iterations: int = Field(5, ge=1)
    """K, unfolded iterations, each with its own W, S and lambda."""
    channels: int = Field(64, ge=1)
    """M, atoms of the dictionary D and rows of the codes A."""
    squared: Literal["dictionary", "all"] = "dictionary"
    """Which matrices are the squares of their weights, so non-negative: D, or W and S too."""
    final_sigmoid: bool = True
    """Whether the reconstruction (8) ends with a sigmoid after the pretraining."""
    residual: bool = False
    """Whether D A - lambda is the maps themselves (the paper), or what is missing in Y_up. Then
    there is no final sigmoid."""
    initialiser: Literal["uniform", "glorot", "steep"] = "uniform"
    """Uniform weights of a size that follows from the inputs alone, what layers commonly
    start from (the paper names nothing); or W and S by Glorot's rule and a D whose atoms
    add up to the middle of the range; or S and W large enough to learn in minutes."""
    common: int | None = Field(None, ge=0)
    """Mc: atoms that maps and photograph share."""
    unique_xrf: int | None = Field(None, ge=0)
    """Mxu: atoms of the maps alone."""
    unique_rgb: int | None = Field(None, ge=0)
    """Mru: atoms of the photograph alone. Without the three, every atom is common."""

    @property
    def blocks(self) -> tuple[int, int, int] | None:
        """(Mc, Mxu, Mru), or None where every atom is common."""
        if self.common is None or self.unique_xrf is None or self.unique_rgb is None:
            return None
        return self.common, self.unique_xrf, self.unique_rgb

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.residual and self.final_sigmoid:
            raise ValueError("residual needs final_sigmoid: false")
        if self.initialiser == "steep" and self.squared == "all":
            raise ValueError("steep, whose W has negative entries, needs squared: dictionary")
        given = [self.common, self.unique_xrf, self.unique_rgb]
        if any(count is not None for count in given) and None in given:
            raise ValueError("common, unique_xrf and unique_rgb must be given together or not")
        if self.blocks and sum(self.blocks) != self.channels:
            raise ValueError(
                f"common + unique_xrf + unique_rgb must be channels = {self.channels}. "
                f"Received: {' + '.join(map(str, self.blocks))} = {sum(self.blocks)}"
            )
        return self


class LossConfig(_Frozen):
    """The loss (11) and its adversarial term (12), (13)."""

    alpha1: float = Field(0.003, ge=0)
    """Weight of the photograph's reconstruction."""
    alpha2: float = Field(0.5e-6, ge=0)
    """Weight of the adversarial term."""
    misclassified_only: bool = True
    """Whether (12) and (13) are means over the misclassified patches, tau = 1 and -1 (the
    paper), or over all patches: plain least squares."""


class PretrainingConfig(_Frozen):
    """The first stage: without adversary and without the last sigmoid."""

    steps: int = Field(100_000, ge=1)
    """Optimiser steps; the paper calls them epochs."""
    learning_rate: float = Field(1e-3, gt=0)
    """Adam's learning rate at the start; the paper gives none."""
    schedule: Literal["constant", "cosine"] = "constant"
    """The learning rate stays, or falls with one cosine to a hundredth of it."""
    sampling: Literal["image", "blocks"] = "image"
    """The whole image in every step; or random square crops of whole coarse pixels."""
    batch: int = Field(4096, ge=1)
    """With `blocks`, crops in a step, over all replicas."""
    crop: int = Field(1, ge=1)
    """With `blocks`, side of a crop in coarse pixels; with 1 a crop is one s x s block."""
    augmented: Literal["none", "consistency", "wald"] = "consistency"
    """What the twice downsampled pair adds: nothing; the same loss again (the paper); or a
    loss against the measured maps themselves, which are its truth at full size."""
    strength: float = Field(1.0, gt=0, le=1)
    """With `wald`, the part of what one scale down shows missing in Y_up that is asked for.
    Block means are sharper than a scan, whose beam is wider than a pixel: what is learned from
    them overdoes it."""
    displaced: int = Field(0, ge=0)
    """With `wald`, number of copies of the twice downsampled pair whose photograph is displaced
    at random, as far as it is off at full size: so the network learns to rely on it no more
    than it can; 0 takes the pair as it is."""
    noisy: bool = False
    """With `wald`, whether the maps that were downsampled once more get the noise back that
    averaging took away: else the network sharpens noise."""
    clip_weights: float | None = Field(1.0, gt=0)
    """Largest size of an entry of the matrices W, S and D before squaring, kept after every
    step."""


class StageSwitchConfig(_Frozen):
    """Between the stages: the last layer learns to end with a sigmoid."""

    iterations: int = Field(4, ge=0)
    """Gauss-Newton steps on D and the last lambda; 0 leaves them at their affine start."""
    pixels: int = Field(16_384, ge=1)
    """Pixels that the last layer is fitted to, drawn at random in whole blocks."""


class AdversarialConfig(_Frozen):
    """The second stage: generator against discriminator."""

    steps: int = Field(2_000_000, ge=0)
    """Optimiser steps of each; 0 leaves the stage out."""
    generator_rate: float = Field(3e-4, gt=0)
    """Adam's learning rate of the generator."""
    discriminator_rate: float = Field(3e-6, gt=0)
    """Adam's learning rate of the discriminator."""
    schedule: Literal["constant", "cosine"] = "constant"
    """As in pretraining, for both."""
    sampling: Literal["image", "crops"] = "image"
    """Whether the first two terms of (11) see the whole image in every step, or only the
    crops from which the reconstructed patches are cut."""
    patch: int = Field(32, ge=8)
    """Side of a patch, in pixels."""
    batch: int = Field(32, ge=1)
    """Reconstructed patches in a step, over all replicas, and as many pseudo-real ones."""
    beta_max: float = Field(0.9, ge=0, le=1)
    """beta of (14) is uniform in [0, beta_max], drawn anew in every step."""
    flips: bool = True
    """Whether patches are flipped at random, up-down and left-right."""


class TrainingConfig(_Frozen):
    """What both stages share."""

    seed: int = Field(0, ge=0, lt=2**31)
    """Seed of the initial weights and of all random draws."""
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


class SuperResolutionConfig(_Frozen):
    """Everything that decides a super-resolution, besides the maps and the photograph."""

    downsampling: DownsamplingConfig = DownsamplingConfig()
    """The measurement."""
    noise: NoiseConfig = NoiseConfig()
    """The measurement's noise."""
    enlargement: EnlargementConfig = EnlargementConfig()
    """What the network begins with."""
    scaling: ScalingConfig = ScalingConfig()
    """The maps' grey scale."""
    generator: GeneratorConfig = GeneratorConfig()
    """The network."""
    loss: LossConfig = LossConfig()
    """The loss."""
    pretraining: PretrainingConfig = PretrainingConfig()
    """The first stage."""
    switch: StageSwitchConfig = StageSwitchConfig()
    """From the first stage to the second."""
    adversarial: AdversarialConfig = AdversarialConfig()
    """The second stage."""
    training: TrainingConfig = TrainingConfig()
    """Both stages."""

    @property
    def samples(self) -> int | None:
        """Samples of the stage that has the fewest to share out: the most replicas there can be.

        None if every replica sees the same, which is then the same work for all of them.
        """
        shares, c = [], self.pretraining
        if c.steps and c.sampling == "blocks":
            copies = {"none": 0, "consistency": 1, "wald": max(1, c.displaced)}[c.augmented]
            # The pair one scale down has so many times fewer places for a crop.
            smaller = c.batch * copies // self.downsampling.scale**2
            shares.append(max(1, min(c.batch, smaller) if copies else c.batch))
        if self.adversarial.steps:
            shares.append(self.adversarial.batch)
        return min(shares, default=None)

    @property
    def useful_replicas(self) -> int:
        """Replicas that have something to share in all stages."""
        alike = self.pretraining.steps and self.pretraining.sampling == "image"
        return 1 if alike else self.samples or 1
