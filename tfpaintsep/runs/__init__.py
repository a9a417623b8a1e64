"""A run's folder on disk, and the record of how its results were made."""
