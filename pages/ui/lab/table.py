"""The table of the labs, in the order in which they are best met: a lab is a file and a line."""

LABS: dict[str, str] = {}
