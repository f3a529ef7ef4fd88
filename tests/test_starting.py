"""What a command need not load, it does not; what can go on beside, does."""

import subprocess
import sys
import threading
import time
import types

import pytest

from exprgan_tf import ExprGAN
from exprgan_tf.editing import photographs
from exprgan_tf.errors import UserError
from exprgan_tf.model import CARRIED_MODEL
from exprgan_tf.model_files.late_model import LateModel


def test_a_late_model_is_loaded_once_and_late():
    loads = []

    def load(path):
        loads.append(path)
        return ExprGAN.load(path)

    late = LateModel(CARRIED_MODEL, load)
    assert late.config.classes[3] == "happy"
    assert late.class_index("happy") == 3
    assert late.class_index("neutral") is None
    with pytest.raises(UserError, match="unknown expression 'bored'"):
        late.class_index("bored")
    assert not loads
    assert late.knows_expressions and late.encodes
    assert loads == [CARRIED_MODEL]
    assert late.config == ExprGAN.load().config


def test_keras_comes_without_what_nobody_uses():
    """And others get it: what is hidden is hidden while Keras starts only."""
    done = subprocess.run([sys.executable, "-c", """
import sys
from exprgan_tf.support.keras_settings import import_keras
keras = import_keras()
assert not {"sklearn", "matplotlib"} & set(sys.modules), "they were imported"
import sklearn.metrics, matplotlib.figure
keras.layers.Dense(2).build((None, 3))
"""], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def sittings(count):
    return [types.SimpleNamespace(number=number) for number in range(count)]


def test_photographs_are_written_beside_each_other(monkeypatch):
    monkeypatch.setattr(photographs, "core_count", lambda: 2)
    both = threading.Barrier(2, timeout=30)

    def write(sitting, request):
        # Returns only when two are at it.
        both.wait()
        return sitting.number * request

    monkeypatch.setattr(photographs, "write_edits", write)
    done = photographs._written(sittings(6), 10)
    assert [(sitting.number, after) for sitting, after in done] == [
        (number, 10 * number) for number in range(6)
    ]


def test_what_cannot_be_written_ends_all(monkeypatch):
    monkeypatch.setattr(photographs, "core_count", lambda: 1)
    begun = []

    def write(sitting, request):
        begun.append(sitting.number)
        if sitting.number == 1:
            raise UserError("disk full")
        time.sleep(0.02)

    monkeypatch.setattr(photographs, "write_edits", write)
    with pytest.raises(UserError, match="disk full"):
        list(photographs._written(sittings(50), None))
    assert len(begun) < 50
