"""The broker's side of the certificates: who may say and hear what, and Mosquitto's configuration for it."""

from provisioning.broker.access import access_list
from provisioning.broker.folder import install
from provisioning.broker.settings import BrokerFiles, mosquitto_conf

__all__ = ["BrokerFiles", "access_list", "install", "mosquitto_conf"]
