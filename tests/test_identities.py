"""New people like those that a model learned from."""

import numpy as np
from conftest import random_batch, tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.editing.new_faces import draw_person, generate
from exprgan_tf.model_files.identities import Identities
from exprgan_tf.model_files.packing import pack


def people(count=40, size=30, seed=0):
    """Codes that differ in two directions of many."""
    generator = np.random.default_rng(seed)
    directions = generator.normal(size=(2, size)) * 0.8
    before = generator.normal(size=(count, 2)) @ directions + 0.5
    return np.tanh(before), before


def test_new_codes_lie_as_those_of_people_do():
    codes, before = people()
    known = Identities.of(codes, np.arange(len(codes)))
    assert known.directions.shape == (2, 30)
    generator = np.random.default_rng(1)
    drawn = np.array([known.draw(generator) for _ in range(4000)])
    assert np.abs(drawn).max() <= 1
    drawn = np.arctanh(np.clip(drawn, -0.9999, 0.9999))
    wanted = np.clip(before, -np.arctanh(0.9999), np.arctanh(0.9999))
    np.testing.assert_allclose(
        drawn.mean(axis=0), wanted.mean(axis=0), atol=0.25
    )
    np.testing.assert_allclose(
        np.cov(drawn, rowvar=False), np.cov(wanted, rowvar=False), atol=0.5
    )


def test_pictures_of_one_person_count_once():
    codes, _ = people(6)
    one = Identities.of(codes, np.arange(6))
    many = Identities.of(
        np.concatenate([codes, codes[:1], codes[:1]]),
        np.array([0, 1, 2, 3, 4, 5, 0, 0]),
    )
    np.testing.assert_allclose(one.mean, many.mean, atol=1e-5)


def test_people_who_are_all_alike_are_drawn_alike():
    codes = np.tile(np.linspace(-1, 1, 8), (5, 1))
    known = Identities.of(codes, np.arange(5))
    drawn = known.draw(np.random.default_rng(0))
    np.testing.assert_allclose(drawn, codes[0], atol=1e-3)


def test_a_file_keeps_them_and_a_packed_one_too(config, tmp_path):
    model = ExprGAN(config)
    assert model.identities is None
    before = model.fingerprint()
    model.save(tmp_path / "before.keras")
    assert ExprGAN.load(tmp_path / "before.keras").identities is None
    images = random_batch(config, 6)["image"].numpy()
    model.learn_identities(images[:2], np.arange(2))
    assert model.identities is None
    model.learn_identities(images, np.arange(6))
    assert model.fingerprint() != before
    model.save(tmp_path / "model.keras")
    pack(tmp_path / "model.keras", tmp_path / "packed.keras")
    for name, tolerance in (("model", 0), ("packed", 1e-2)):
        again = ExprGAN.load(tmp_path / f"{name}.keras")
        np.testing.assert_allclose(
            draw_person(again, 3, 4)[0], draw_person(model, 3, 4)[0],
            atol=tolerance,
        )


def test_the_prior_stays_as_it_was(model):
    """Faces of before, and of the paper, are still to be had."""
    identity, strengths = draw_person(model, 1, 5)
    images, _, _ = generate(model, 5, 1, 1)
    model.identities = Identities(
        np.zeros(len(identity)), np.ones((1, len(identity)))
    )
    again = draw_person(model, 1, 5, from_prior=True)
    np.testing.assert_array_equal(identity, again[0])
    learned, same_strengths = draw_person(model, 1, 5)
    assert np.ptp(learned) < 1e-6
    np.testing.assert_array_equal(strengths, same_strengths)
    np.testing.assert_array_equal(
        generate(model, 5, 1, 1, from_prior=True)[0], images
    )
    assert np.any(generate(model, 5, 1, 1)[0] != images)


def test_labelled_intensities_are_drawn_as_in_training():
    """Apart, the numbers of a block change colours: no model learned it."""
    config = tiny_config(code_intensity="label", code_size=5)
    strengths = np.stack([
        draw_person(ExprGAN(config), 0, number)[1] for number in range(2)
    ])
    assert strengths.min() >= 0.2 and strengths.max() <= 1
    assert np.ptp(strengths, axis=2).max() <= 0.2
    assert np.ptp(strengths.mean(axis=2)) > 0.3


def test_tiny_models_draw_within_their_codes():
    model = ExprGAN(tiny_config())
    images = random_batch(model.config, 6)["image"].numpy()
    model.learn_identities(images, np.arange(6))
    identity, _ = draw_person(model, 0, 0)
    assert identity.shape == (model.config.identity_size,)
    assert np.abs(identity).max() <= 1
