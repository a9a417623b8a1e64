"""Scores of separated layers and of super-resolved maps; how realistic a simulation is."""
