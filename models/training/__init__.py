"""Simpang's own detector: its data, its network, its training and its conversion. Needs the extra `train`."""
