"""The commands of `simpang edge`, one a file."""
