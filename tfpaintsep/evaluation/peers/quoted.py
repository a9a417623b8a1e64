"""Published figures of systems that cannot be run here: quoted, on other data.

They stand beside a table for orientation only: other paintings, other maps, another machine.

Reference: H. Verinaz-Jadan, S. Yan, C. Higgitt and P. L. Dragotti, "Adversarial deep-unfolding
network for MA-XRF super-resolution on Old Master paintings using minimal training data", 2024,
Table I: 4x, maps of 21, 9 and 7 channels, 512 x 512 px.
"""

from dataclasses import dataclass

MARK = "quoted, other data"
"""What a table says beside such a figure."""

CITATION = "Verinaz-Jadan et al. 2024, Table I"


@dataclass(frozen=True)
class Quoted:
    """A published figure.

    Attributes:
        method: Name and authors of the system.
        data: The painting whose maps were super-resolved, 4x.
        rmse: Root mean square error over the whole cube, peak 1.
        psnr: The same in dB.
    """

    method: str
    data: str
    rmse: float
    psnr: float


_DATA = ("Flowers and Insects", "The Virgin of the Rocks", "Doña Isabel de Porcel")

_TABLE: dict[str, tuple[tuple[float, float], ...]] = {
    "CAR (Sun and Chen 2020)": ((0.0380, 28.42), (0.0281, 31.01), (0.0388, 28.22)),
    "HAT (Chen et al. 2022)": ((0.0275, 31.22), (0.0226, 32.92), (0.0296, 30.57)),
    "Swin2SR (Conde et al. 2022)": ((0.0275, 31.22), (0.0229, 32.79), (0.0297, 30.54)),
    "CSTF (Li et al. 2018)": ((0.1336, 17.48), (0.0771, 22.26), (0.0777, 22.19)),
    "CMS (Zhang et al. 2018)": ((0.0412, 27.70), (0.0397, 28.03), (0.0373, 28.56)),
    "LTTR (Dian et al. 2019)": ((0.0582, 24.71), (0.0657, 23.65), (0.0513, 25.80)),
}

QUOTED: tuple[Quoted, ...] = tuple(
    Quoted(method, data, rmse, psnr)
    for method, figures in _TABLE.items()
    for data, (rmse, psnr) in zip(_DATA, figures, strict=True)
)
"""System by system, painting by painting."""
