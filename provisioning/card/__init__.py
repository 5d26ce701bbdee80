"""Cards: what goes on them, where it goes, and the proof that it is there."""
