"""The methods of super-resolution that are compared, by name, in the table's order."""

import numpy as np

from tfpaintsep.evaluation.methods import Budget, Image, Method, Upscale, by_name, lazily

_P2 = "Verinaz-Jadan et al. 2024"
_PROJECTION = f"projection (10) of {_P2}"
_SHORT = "a start and a schedule for minutes; the source trains for 100,000 steps"
_WINDOWS = "windows of 3 x 3 coarse pixels, ridge 1e-5"


def _interpolated(name: str) -> Upscale:
    """An interpolation, which asks for the scale alone."""

    def run(coarse: Image, rgb: Image, budget: Budget) -> Image:
        from tfpaintsep.evaluation.peers import interpolation

        fine = getattr(interpolation, name)(coarse, rgb.shape[0] // coarse.shape[0])
        return np.asarray(fine, dtype=np.float32)

    return run


def _projected(upscale: Upscale) -> Upscale:
    """A method with the projection on the maps that agree with the measured ones."""

    def run(coarse: Image, rgb: Image, budget: Budget) -> Image:
        from tfpaintsep.evaluation.peers.interpolation import project

        fine = upscale(coarse, rgb, budget)
        return project(fine, coarse, rgb.shape[0] // coarse.shape[0]).astype(np.float32)

    return run


def _cleaned(upscale: Upscale) -> Upscale:
    """A method on maps whose counting noise was taken out as the preset `fast` does."""

    def run(coarse: Image, rgb: Image, budget: Budget) -> Image:
        from tfpaintsep.evaluation.peers.sigmoid_lista import without_noise

        return upscale(without_noise(coarse, rgb), rgb, budget)

    return run


_bilinear, _bicubic = _interpolated("bilinear"), _interpolated("bicubic")
_guided_filter = lazily("guided_enlargement", "guided_filter")
_cnmf = lazily("coupled_factorisation", "cnmf")

_METHODS: tuple[Method[Upscale], ...] = (
    Method("bilinear", "bilinear interpolation", _bilinear, "trivial"),
    Method(
        "bilinear-projected",
        "bilinear + projection",
        _projected(_bilinear),
        f"trivial; {_PROJECTION}",
    ),
    Method("bicubic", "bicubic interpolation", _bicubic, "trivial"),
    Method(
        "bicubic-projected",
        "bicubic + projection",
        _projected(_bicubic),
        f"trivial; {_PROJECTION}",
    ),
    Method(
        "bicubic-cleaned",
        "noise taken out, bicubic + projection",
        _cleaned(_projected(_bicubic)),
        "this project, docs/superresolution.md",
        note="projected onto the maps without noise; how much of `fast` is noise removal alone",
    ),
    Method(
        "guided-filter",
        "guided filter",
        _guided_filter,
        "He, Sun and Tang 2013, section 3.5; He and Sun 2015",
        note=_WINDOWS,
    ),
    Method(
        "guided-filter-projected",
        "guided filter + projection",
        _projected(_guided_filter),
        f"He, Sun and Tang 2013, section 3.5; {_PROJECTION}",
        note=_WINDOWS,
    ),
    Method(
        "cnmf",
        "coupled non-negative matrix factorisation",
        _cnmf,
        "Yokoya, Yairi and Iwasaki 2012",
        learned=True,
        note="one objective for both images; the materials' colours are fitted, since no "
        "camera response leads from elements to colours",
    ),
    Method(
        "cnmf-projected",
        "coupled NMF + projection",
        _projected(_cnmf),
        f"Yokoya, Yairi and Iwasaki 2012; {_PROJECTION}",
        learned=True,
        note="as cnmf",
    ),
    Method(
        "ssr",
        "visible and invisible part (SSR)",
        lazily("visible_component", "ssr"),
        "Dai et al. 2017",
        learned=True,
        note="after SSR: its model with other solvers; the invisible part is the rest of the "
        "visible one and may be negative; sums of abundances are near 1, not sparse",
    ),
    Method(
        "ssrcu",
        "common and unique atoms (SSRCU)",
        lazily("coupled_dictionaries", "ssrcu"),
        "Yan et al. 2023; Song et al. 2016",
        learned=True,
        note="after SSRCU, from descriptions: patches, orthogonal matching pursuit, learned "
        "one scale down; atoms may be negative",
    ),
    Method(
        "generator",
        "unfolded network, first stage",
        lazily("sigmoid_lista", "generator"),
        f"{_P2}, (7) to (11) with alpha2 = 0",
        learned=True,
        note=_SHORT,
    ),
    Method(
        "generator-adversarial",
        "unfolded network, both stages",
        lazily("sigmoid_lista", "generator_adversarial"),
        f"{_P2}, (7) to (14)",
        learned=True,
        note=f"{_SHORT} and 2,000,000; half of the time is the second stage's",
    ),
    Method(
        "fast-exact",
        "tfpaintsep `fast`, agreeing with every count",
        lazily("sigmoid_lista", "fast_exact"),
        "this project, docs/superresolution.md",
        learned=True,
        note="noise.removal=none",
    ),
    Method(
        "fast",
        "tfpaintsep, preset `fast`",
        lazily("sigmoid_lista", "fast"),
        "this project, docs/superresolution.md",
        learned=True,
        note="the preset as users get it; stops early where the time is up",
    ),
)

SUPER_RESOLUTION: dict[str, Method[Upscale]] = by_name(_METHODS)
