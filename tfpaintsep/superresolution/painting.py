"""What a super-resolution starts from, and whether it will do; no TensorFlow needed."""

from dataclasses import dataclass

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.checks import PIXEL_SIZE_TOLERANCE
from tfpaintsep.images.element_stack import ElementStack
from tfpaintsep.images.painting import Photograph

from .config import EnlargementConfig, SuperResolutionConfig


@dataclass(frozen=True)
class ScannedPainting:
    """Element maps of a painting and the photograph that guides them.

    Attributes:
        maps: Coarse element maps (h, w, B); to be trained on, none of them constant.
        photograph: Photograph (s h, s w, 3), registered to the maps.
    """

    maps: ElementStack
    photograph: Photograph

    def check(self, config: SuperResolutionConfig) -> None:
        """Refuse what cannot be trained on.

        Raises:
            InputError: If the photograph's size is not the scale times the maps', or the maps
                are too small to be downsampled once more.
        """
        scale = config.downsampling.scale
        self.check_scale(scale)
        looks_down = (
            config.pretraining.augmented != "none"
            or measures_sharpness(config.enlargement)
            or measures_registration(config)
        )
        if looks_down and min(self.maps.size) < scale:
            raise InputError(
                self.maps.source or "the element maps",
                expected=f"maps of at least {scale} x {scale} px, to be downsampled once more",
                found=_px(self.maps.size),
                advice="Give the whole scan, or set pretraining.augmented=none, "
                "enlargement.guide=none and enlargement.sharpness=full.",
            )

    def check_scale(self, scale: int, *, by_model: bool = False) -> None:
        """Refuse a photograph whose size does not fit the maps.

        Args:
            scale: Fine pixels along a coarse one.
            by_model: Whether the scale is a trained model's, and the user cannot choose it.

        Raises:
            InputError: If it is not `scale` times the maps' size; says which sizes, and which
                scale, would fit.
        """
        (h, w), found = self.maps.size, self.photograph.size
        fitting = (scale * h, scale * w)
        if found == fitting:
            return
        nearest = max(2, round(min(found[0] / h, found[1] / w)))
        sizes = (nearest * h, nearest * w)
        crop = "Bring it onto the maps' grid with `tfpaintsep register`,"
        if by_model:
            advice = f"{crop} to {_px(fitting)}, or train a model at another scale."
        elif found == sizes:
            advice = f"These two fit --scale {nearest}."
        elif nearest == scale:
            advice = f"{crop} to {_px(fitting)}."
        else:
            advice = f"{crop} to {_px(fitting)}, or to {_px(sizes)} for --scale {nearest}."
        raise InputError(
            self.photograph.source or "the photograph",
            expected=f"{_px(fitting)} (height x width), {scale} times the maps' {h} x {w}",
            found=_px(found),
            advice=advice,
        )

    def findings(self, scale: int) -> list[str]:
        """Remarks on inputs that can be used, those made while they were read included."""
        remarks = [*self.maps.notes, *self.photograph.notes]
        coarse, fine = (
            image.resolution.pixel_size_mm if image.resolution else None
            for image in (self.maps, self.photograph)
        )
        if coarse and fine:
            expected = [size / scale for size in coarse]
            if not np.allclose(expected, fine, rtol=PIXEL_SIZE_TOLERANCE):
                remarks.append(
                    f"the resolution tags disagree: a map's pixel of {coarse[0]:.4g} x "
                    f"{coarse[1]:.4g} mm is not {scale} times the photograph's of {fine[0]:.4g} x "
                    f"{fine[1]:.4g} mm; the maps' is kept"
                )
        return remarks


def measures_sharpness(config: EnlargementConfig) -> bool:
    """Whether it is to be measured, one scale down, how sharp an interpolation the maps stand."""
    return config.interpolation != "bilinear" and config.sharpness == "measured"


def measures_registration(config: SuperResolutionConfig) -> bool:
    """Whether it is to be measured, one scale down, how well photograph and maps fit."""
    guided = config.enlargement.guide == "local_fit" and config.enlargement.trust == "measured"
    return guided or (config.pretraining.augmented == "wald" and config.pretraining.displaced > 0)


def _px(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} px"
