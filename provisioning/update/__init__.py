"""Updates in the street: signed bundles, two slots, and the way back when the new software does not hold."""

from provisioning.update.applying import apply, install_wheels
from provisioning.update.signing import UpdateError, make_key, sign, verify
from provisioning.update.slots import Slots

__all__ = ["Slots", "UpdateError", "apply", "install_wheels", "make_key", "sign", "verify"]
