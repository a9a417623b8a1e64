"""Bringing a photograph onto the pixel grid of a radiograph or of element maps."""
