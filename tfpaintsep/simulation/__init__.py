"""Paintings whose layers are known: pigments, strokes, supports, radiography, element maps."""

from tfpaintsep.simulation.painting import SimulatedPainting, demo_painting, simulate
from tfpaintsep.simulation.writing import write_painting

__all__ = ["SimulatedPainting", "demo_painting", "simulate", "write_painting"]
