"""Scores of separated layers, and how realistic a simulated radiograph is."""
