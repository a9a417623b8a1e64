"""Paintings whose layers are known: pigments, strokes, supports, radiography."""

from tfpaintsep.simulation.painting import SimulatedPainting, demo_painting, simulate

__all__ = ["SimulatedPainting", "demo_painting", "simulate"]
