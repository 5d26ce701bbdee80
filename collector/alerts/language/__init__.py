"""Catalogues of what alerts say; read by collector/alerts/wording.py."""
