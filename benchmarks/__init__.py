"""Speed against the peers' way of doing it, in one run, as ratios."""
