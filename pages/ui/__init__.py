"""The shared parts of the pages: words, forms, buttons, the live chart."""
