"""A picture's walk through a Vision Transformer: the parts of the page that shows it."""
