"""What TensorBoard says of a separation.

Reference: Pu et al. 2022; equation numbers are the paper's.
"""

from collections.abc import Mapping

from tfpaintsep.training.board import COMPUTED, SCORES, Board

_SQUARES = "in units of the squared gain (full scale = 1)"

BOARD = Board(
    captions={
        "loss": "The composite loss (15), a mean over patches, weights included. It says how well "
        "the pictures are reproduced; **a lower loss is no evidence of a better separation**.",
        "loss/xray": f"Mean squared error of the mixture, {_SQUARES}: the first term of (15).",
        "loss/rgb": "Mean squared error of the photograph, summed over its three channels (each "
        "in 0 to 1), before its weight `loss.eta1`.",
        "loss/exclusion": "The exclusion loss (3), before its weight `loss.eta2`: how much edges "
        "of the two layers coincide. No unit.",
        "gradient_norm": "Norm of the whole gradient before clipping. No unit.",
        "learning_rate": "The optimizer's step size. No unit.",
        "scalars/": "A learned scalar of the iteration (11): λ thresholds the codes, µ the "
        "sub-bands of the exclusion frame, τ and γ weigh its steps. No unit.",
        f"{SCORES}/skill_": "1 - MSE / MSE of halving the mixture, against the layers given by "
        "`--truth`: 1 is perfect, 0 as good as halving, negative worse. No unit.",
        f"{SCORES}/sdri_": "Improvement of the signal-to-distortion ratio over the mixture, in dB, "
        "against the layers given by `--truth`. Higher is better.",
        f"{SCORES}/siri_": "Improvement of the signal-to-interference ratio over the mixture, in "
        "dB: less of the other layer in this one. Higher is better.",
    },
    units={f"{SCORES}/sdri_": "dB", f"{SCORES}/siri_": "dB"},
    charts={
        "How good (only with --truth)": {
            "SDRi, dB": [f"{SCORES}/sdri_"],
            "SIRi, dB": [f"{SCORES}/siri_"],
            "Skill": [f"{SCORES}/skill_"],
        },
        "Loss": {
            "Loss (15)": ["loss"],
            "Terms, unweighted": ["loss/xray", "loss/rgb", "loss/exclusion"],
        },
        "Learned scalars of (11)": {
            "Thresholds λ": ["scalars/lambda"],
            "Thresholds µ": ["scalars/mu_"],
            "Weights τ, γ": ["scalars/tau", "scalars/gamma"],
        },
        "Optimizer": {
            "Gradient norm": ["gradient_norm"],
            "Learning rate": ["learning_rate"],
        },
    },
)
"""Captions, units and charts."""


def picture_captions(white: float) -> Mapping[str, str]:
    """The captions of the pictures; they hold at every step, for TensorBoard keeps one of each.

    Args:
        white: The value shown white, in units of the gain.
    """
    grey = (
        f"From 0 (black) to {white:.0%} of full scale (white), absorbing paint bright; one scale "
        f"for both layers and their sum."
    )
    captions = {
        "surface": f"Surface layer. {COMPUTED} {grey}",
        "concealed": f"Concealed layer. {COMPUTED} {grey}",
        "mixture": f"Sum of both layers. {COMPUTED} {grey}",
        "residual": "Radiograph less the mixture, around mid-grey: ±5% of full scale are white "
        "and black.",
        "visible": "The photograph as the network reproduces it from the surface layer's codes.",
    }
    return {name: f"{captions[name]} Central region." for name in captions}
