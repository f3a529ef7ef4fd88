"""Faces in pictures: found, levelled, cut out."""
