"""Guided lessons beside any page: which is on, what was seen, the rail."""
