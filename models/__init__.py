"""Detectors: the registry, and the command line over it."""
