"""How far repeated estimates of one result differ: words for the files of a run folder."""

SEEDS_OF_MAPS = "seeds"
"""The one stack of a super-resolution, with the elements of `maps.tif`."""

CAPTIONS = {
    "surface_patches": "Surface layer: standard deviation of each pixel's estimates from "
    "overlapping patches, smoothed",
    "concealed_patches": "Concealed layer: standard deviation of each pixel's estimates from "
    "overlapping patches, smoothed",
    "surface_seeds": "Surface layer: standard deviation over trainings that differ in their seed",
    "concealed_seeds": "Concealed layer: standard deviation over trainings that differ in their "
    "seed",
    SEEDS_OF_MAPS: "Standard deviation over trainings that differ in their seed",
}
"""By file stem what the file shows; in the order in which a report shows them."""

WARNING = (
    "Disagreement of repeated estimates, not an error bar: on simulated paintings the true error "
    "is many times larger, and this is a poor guide to where it lies."
)
"""Stands beside every picture of a disagreement."""
