"""Photographs that move: a face model carries a photograph's own pixels.

`animator.Animator` fits the face model to a photograph, and a `Motion` moves
it: what was seen before goes where the expression takes it, light on skin
changes with its shape, and only what was hidden is rendered.
"""
