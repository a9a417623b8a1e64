"""The images a separation starts from, and whether they will do; no TensorFlow needed."""

from dataclasses import dataclass

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.checks import check_holds_patch, check_pair, check_same_size
from tfpaintsep.images.painting import Photograph, Radiograph

from .config import SeparationConfig


@dataclass(frozen=True)
class Painting:
    """The images of one painting.

    Attributes:
        radiograph: The mixed X-radiograph.
        photograph: The registered photograph of the surface, of the same size.
        init: A given g1, (h, w) in the radiograph's own units, or None.
    """

    radiograph: Radiograph
    photograph: Photograph
    init: np.ndarray | None = None

    def check(self, config: SeparationConfig) -> None:
        """Refuse what cannot be trained on.

        Raises:
            InputError: If sizes differ, the start needs an image that is not given, or the
                image is smaller than the patches.
        """
        check_pair(self.radiograph, self.photograph)
        where = self.radiograph.source or "the radiograph"
        if self.init is not None:
            check_same_size(str(where), self.radiograph.size, "--init", self.init.shape)
            check_guess_scale(self.init, self.radiograph)
        if config.start.kind == "given" and self.init is None:
            raise InputError(
                "--init",
                expected="an image of the surface layer, because start.kind is given",
                found="none",
                advice="Add --init G.tif, or choose start.kind auto or luminance.",
            )
        t = config.training
        if t.sampling == "patches":
            check_holds_patch(where, self.radiograph.size, "training", t.patch)
            count = np.prod([-(-(n - t.patch) // t.stride) + 1 for n in self.radiograph.size])
            if count < t.batch:
                raise InputError(
                    where,
                    expected=f"at least {t.batch} patches, one batch",
                    found=f"{count} patches",
                    advice="Set a smaller training.batch or training.stride.",
                )
        if config.inference.mode == "patches":
            check_holds_patch(where, self.radiograph.size, "inference", config.inference.patch)
        smallest = 2 ** (config.loss.scales - 1)
        if min(t.patch, *self.radiograph.size) < smallest:
            raise InputError(
                "loss.scales",
                expected=f"training patches of at least {smallest} px on an image of that size",
                found=f"training.patch {t.patch}, an image of "
                f"{self.radiograph.size[0]} x {self.radiograph.size[1]} px",
                advice="Set a smaller loss.scales.",
            )


def check_guess_scale(guess: np.ndarray, radiograph: Radiograph) -> None:
    """Refuse a first guess that cannot be in the radiograph's units.

    A surface layer lies somewhere below the radiograph, so its largest value is of the same
    order. A forgotten conversion is off by a factor of 255 at least.

    Raises:
        InputError: If the largest values differ by more than a factor of 20.
    """
    check_guess_range(float(np.abs(guess).max()), float(np.abs(radiograph.values).max()))


def check_guess_range(largest: float, reference: float) -> None:
    """As `check_guess_scale`, of the largest values of guess and radiograph.

    Raises:
        InputError: If they differ by more than a factor of 20.
    """
    if not reference / 20 <= largest <= reference * 20:
        raise InputError(
            "--init",
            expected=f"grey values in the radiograph's units, which reach {reference:g}",
            found=f"values that reach {largest:g}",
            advice="Convert the image to the radiograph's units.",
        )
