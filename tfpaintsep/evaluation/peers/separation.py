"""All methods of the comparison that separate a mixed radiograph, in the table's order."""

from tfpaintsep.evaluation.methods import Method, Separate, by_name, lazily

from .fast_ica import fast_ica
from .guided_filter import guided_filter
from .lcista import SOURCE, lcista
from .robust_pca import robust_pca
from .trivial import halving

_METHODS: tuple[Method[Separate], ...] = (
    Method("halving", "Halving, x/2", halving, "trivial"),
    Method(
        "colour-regression",
        "Colour regression, remainder concealed",
        lazily("colour_regression", "remainder_concealed"),
        "trivial",
        note="each layer has half of the mixture's mean",
    ),
    Method(
        "colour-regression-split",
        "Colour regression, remainder split",
        lazily("colour_regression", "remainder_split"),
        "trivial",
        note="the first guess `auto`, untrained",
    ),
    Method(
        "guided-filter",
        "Guided filter",
        guided_filter,
        "He et al. 2013, section 3.5",
        note="radius 60 px; each layer has half of the mixture's mean",
    ),
    Method(
        "fast-ica",
        "FastICA",
        fast_ica,
        "Hyvärinen and Oja 2000",
        note="of x, red, green and blue; what the photograph shows least is concealed",
    ),
    Method(
        "robust-pca",
        "Robust PCA",
        robust_pca,
        "Candès et al. 2011",
        note="of joint patches of x and photograph; the sparse part is concealed",
    ),
    Method(
        "connected-autoencoder",
        "Connected auto-encoder",
        lazily("connected_autoencoder", "connected_autoencoder"),
        f"[19] of {SOURCE}, as its section II describes it",
        learned=True,
        note="widths, weights of the loss and optimiser are ours: the description has none",
    ),
    Method(
        "cista",
        "CISTA, not learned",
        lazily("cista", "cista"),
        f"{SOURCE}, eq. (7)-(9), (14)",
        note="random nearly tight dictionary; start: luminance, as published",
    ),
    Method(
        "cista-regression-start",
        "CISTA, not learned, regression as first guess",
        lazily("cista", "cista", start="auto"),
        f"{SOURCE}, eq. (7)-(9)",
        note="the same, from the regression on colour with the remainder split",
    ),
    lcista(
        {},
        "paper",
        name="lcista-paper",
        title="LCISTA, preset `paper`",
        note="the published protocol, cut off when the time is up",
    ),
    Method(
        "prior",
        "Learned prior alone",
        lazily("learned_prior", "learned_prior"),
        "learned from simulated paintings",
        note="the first guess of `fast`, not adapted to the painting",
    ),
    Method(
        "prior-without-colour",
        "Learned prior alone, without local colour",
        lazily("learned_prior", "learned_prior", colour=False),
        "learned from simulated paintings",
        note="start.colour false",
    ),
    lcista({}, name="lcista-fast", title="LCISTA, preset `fast`"),
    lcista(
        {"start.boldness": 0.0},
        name="lcista-cautious",
        title="LCISTA `fast`, cautious",
        note="start.boldness 0",
    ),
    lcista(
        {"start.boldness": 1.0},
        name="lcista-bold",
        title="LCISTA `fast`, bold",
        note="start.boldness 1",
    ),
    lcista(
        {"start.kind": "auto"},
        name="lcista-regression-start",
        title="LCISTA `fast`, regression as first guess",
        note="the remainder split",
    ),
    lcista(
        {"network.shrinkage": "hard"},
        name="lcista-l0",
        title="LCISTA `fast`, l0",
        source=f"{SOURCE}, Fig. 19, row 2",
        note="thresholds constant",
    ),
    lcista(
        {"network.shrinkage": "none"},
        name="lcista-no-sparsity",
        title="LCISTA `fast`, no sparsity",
        source=f"{SOURCE}, Fig. 19, row 3",
    ),
    lcista(
        {"network.exclusion_prior": False, "loss.eta2": 0.0},
        name="lcista-no-exclusion",
        title="LCISTA `fast`, no exclusion",
        source=f"{SOURCE}, Fig. 19, row 4",
        note="neither in the iterations nor in the loss",
    ),
    lcista(
        {"start.kind": "luminance"},
        name="lcista-luminance-start",
        title="LCISTA `fast`, luminance as first guess",
        source=f"{SOURCE}, Fig. 18",
    ),
    lcista(
        {"start.kind": "given"},
        name="lcista-given-start",
        title="LCISTA `fast`, given first guess",
        source=f"{SOURCE}, Fig. 17",
        note="given: the surface layer of colour-regression, in place of a restorer's image",
    ),
)

SEPARATION: dict[str, Method[Separate]] = by_name(_METHODS)
