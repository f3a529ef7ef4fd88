"""Light on skin that moves."""

import copy
import dataclasses

import numpy as np
from animation_photographs import landmarks, rendered

from exprgan_tf.animation.animator import Animator
from exprgan_tf.animation.shading import deepened, without_glare


def test_folds_are_deeper_than_the_mesh_s():
    darker, same, brighter = deepened(np.float32([0.9, 1.0, 1.1]))
    assert darker < 0.9 and same == 1
    # Paint is what too bright skin looks like.
    assert 1.1 < brighter < 1 / darker


def test_what_is_bright_gets_no_brighter():
    """Hard light left white strokes beside the mouth."""
    face = Animator.load().fit(rendered(), landmarks())
    lit = dataclasses.replace(face.light, level=200.0)
    gray = np.linspace(0, 255, 256)
    made = gray * without_glare(np.full(256, 1.3, "float32"), gray, lit)
    np.testing.assert_allclose(made[:61], 1.3 * gray[:61], rtol=1e-6)
    np.testing.assert_allclose(made[200:], gray[200:], rtol=1e-6)
    # What was brighter still is: no flat patch.
    assert (np.diff(made) > 0.5).all()
    assert without_glare(np.float32([0.8]), gray[100:101], lit)[0] == (
        np.float32(0.8)
    )

    def brightened(level):
        light = dataclasses.replace(face.light, level=level)
        ratio = dataclasses.replace(face, light=light).motion("sad").ratio
        return (ratio > 1.02).sum()

    assert brightened(1.0) == 0 < brightened(face.light.level)


def test_folds_are_no_sharper_than_the_photograph():
    """In blurred portraits they looked drawn on."""
    face = Animator.load().fit(rendered(), landmarks())

    brows = int(face.points[[107, 336], 1].min())

    def sharpness(sigma):
        look = copy.copy(face.look)
        look.blur = sigma
        ratio = dataclasses.replace(face, look=look).motion("sad").ratio
        return np.abs(np.diff(np.log(ratio[:brows]), 2, axis=0)).max()

    assert sharpness(6.0) < 0.5 * sharpness(0.5)


def test_what_is_between_the_lips_is_no_skin():
    """Teeth of a photograph that smiles got the folds' shade: they were
    gray at half an expression."""
    face = Animator.load().fit(rendered(), landmarks())
    motion = face.motion({"jawOpen": 0.4, "mouthUpperUp": 0.5})
    inside = motion.mask > 0.99
    assert inside.sum() > 100
    np.testing.assert_allclose(motion.ratio[inside], 1.0, atol=0.02)
