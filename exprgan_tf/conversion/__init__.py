"""Weights of other programs: the authors' checkpoints and VGG-Face."""
