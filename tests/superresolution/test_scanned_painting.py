"""What a super-resolution starts from: sizes that fit, and remarks on those that are doubtful."""

import numpy as np
import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.images import ElementStack, Photograph, Resolution
from tfpaintsep.superresolution.config import SuperResolutionConfig
from tfpaintsep.superresolution.painting import ScannedPainting


def painting(
    coarse: tuple[int, int] = (20, 18),
    fine: tuple[int, int] = (80, 72),
    resolutions: tuple[Resolution | None, Resolution | None] = (None, None),
) -> ScannedPainting:
    rng = np.random.default_rng(1)
    maps = rng.random((*coarse, 2)).astype(np.float32)
    rgb = rng.random((*fine, 3)).astype(np.float32)
    return ScannedPainting(
        ElementStack(maps, ("Pb-L", "Ca-K"), resolution=resolutions[0], notes=("a remark",)),
        Photograph(rgb, resolutions[1]),
    )


@pytest.mark.parametrize(("fine", "scale"), [((80, 72), 4), ((20, 18), 1), ((60, 54), 3)])
def test_a_photograph_that_is_the_scale_times_the_maps_fits(
    fine: tuple[int, int], scale: int
) -> None:
    config = SuperResolutionConfig.model_validate({"downsampling": {"scale": scale}})
    painting(fine=fine).check(config)


@pytest.mark.parametrize(
    ("fine", "scale", "parts"),
    [
        ((80, 72), 3, ["60 x 54 px", "80 x 72 px", "These two fit --scale 4"]),
        ((81, 72), 4, ["expected 80 x 72 px", "found 81 x 72 px", "to 80 x 72 px."]),
        ((72, 80), 4, ["expected 80 x 72 px", "found 72 x 80 px"]),
        ((101, 90), 2, ["to 40 x 36 px, or to 100 x 90 px for --scale 5"]),
        ((9, 9), 4, ["expected 80 x 72 px", "found 9 x 9 px", "--scale 2"]),
    ],
)
def test_other_sizes_are_refused_with_those_that_would_fit(
    fine: tuple[int, int], scale: int, parts: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        painting(fine=fine).check_scale(scale)
    for part in parts:
        assert part in str(caught.value)
    with pytest.raises(InputError) as caught:
        painting(fine=fine).check_scale(scale, by_model=True)
    assert "--scale" not in str(caught.value)


@pytest.mark.parametrize(("fine", "remarks"), [(40.0, 0), (40.2, 0), (30.0, 1)])
def test_pixel_sizes_that_contradict_the_scale_are_remarked_on(fine: float, remarks: int) -> None:
    tags = Resolution(10, 10, "centimeter"), Resolution(fine, fine, "centimeter")
    found = painting(resolutions=tags).findings(4)
    assert found[0] == "a remark"
    assert len(found) == 1 + remarks
    assert all("resolution tags disagree" in remark for remark in found[1:])
    assert len(painting(resolutions=(tags[0], None)).findings(4)) == 1
