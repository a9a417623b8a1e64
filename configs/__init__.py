"""Presets and settings of experiments as YAML files, found through `importlib.resources`."""
