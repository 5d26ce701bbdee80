"""The centre on one machine: everything that `docker compose up` or systemd needs, written into one folder."""
