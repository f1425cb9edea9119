"""What all labs share: their table, their frame, their elements."""
