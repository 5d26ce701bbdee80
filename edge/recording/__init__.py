"""What was seen shortly before and after a case: kept in a ring, pinned for a while, sent only if it is asked for."""
