"""What the command centre tells drivers: on signs, by the radio desk, on the public page; by an operator only."""
