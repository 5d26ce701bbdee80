"""The software for units without internet: wheels and their sums, one folder for each system."""

from provisioning.bundle.folder import read_bundle, write_sums

__all__ = ["read_bundle", "write_sums"]
