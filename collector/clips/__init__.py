"""Recordings that operators asked a unit for: fetched piece by piece, kept for a while, and every look written down."""
