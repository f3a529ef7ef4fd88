"""What generated or edited faces add to a classifier of true ones."""
