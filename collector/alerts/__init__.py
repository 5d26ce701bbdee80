"""Telling people outside: what is wrong, once, to whom it matters, by MQTT, e-mail and webhook."""
