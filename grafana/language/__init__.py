"""Catalogues of what boards and alert rules say; read by grafana/words.py."""
