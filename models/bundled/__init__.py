"""Detectors that come with Simpang: trained by this project, listed in `registry.toml`, told of in `cards/`."""
