"""Optimisers on landscapes: the parts of the page where they race."""
