"""Inside a CNN: the parts of the page that shows its maps, its filters and its arithmetic."""
