"""The centre's side of the signal bridges: what is heard of them, what is kept, and what is asked in whose name."""
