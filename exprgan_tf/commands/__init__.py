"""The commands: how each runs, and those beside the card's."""
