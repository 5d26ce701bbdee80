"""What the centre knows of a unit, by rule: is it there, what of it never arrived. No I/O, no clock."""
