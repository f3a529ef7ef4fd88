"""What a command need not load, it does not; what can go on beside, does."""

import subprocess
import sys
import threading

import pytest
from animation_photographs import rendered
from PIL import Image
from threadpoolctl import threadpool_info, threadpool_limits

from exprgan_tf import ExprGAN
from exprgan_tf.errors import UserError
from exprgan_tf.model_files.heads import CARRIED_MODEL
from exprgan_tf.model_files.late_model import LateModel
from exprgan_tf.support import processes


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


def test_a_photograph_is_moved_without_keras(tmp_path):
    """Three seconds, and half a gigabyte; and any backend will do. What
    films and odd files need is not read either."""
    Image.fromarray(rendered()).save(tmp_path / "face.png")
    done = subprocess.run([sys.executable, "-c", f"""
import sys
from exprgan_tf.commands.exprgan import main
try:
    main(["edit", "--input={tmp_path}/face.png", "--output={tmp_path}/edited",
          "--expressions=happy", "--intensities=1", "--paste_back"])
finally:
    assert not {{
        "keras", "tensorflow", "av", "tifffile", "scipy.spatial",
        "scipy.interpolate", "scipy.sparse.linalg",
    }} & set(sys.modules), "imported"
"""], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "edited/face_happy_1.00_photo.png").exists()


def test_work_goes_on_beside_each_other_in_order(monkeypatch):
    monkeypatch.setattr(processes, "core_count", lambda: 2)
    both = threading.Barrier(2, timeout=30)
    taken = []

    def items():
        for number in range(6):
            taken.append(number)
            yield number, 10

    def work(number, factor):
        # Returns only when two are at it.
        both.wait()
        return number * factor

    done = processes.in_threads(work, items())
    assert next(done) == 0
    # A film is not read to its end at once.
    assert len(taken) <= 4
    assert list(done) == [10, 20, 30, 40, 50]


def test_threads_share_no_threads_of_matrix_products(monkeypatch):
    """Beside other work a frame's fit took 0.23 s of CPU, and 0.02 alone."""
    monkeypatch.setattr(processes, "core_count", lambda: 2)

    def blas_threads():
        return {
            library["num_threads"] for library in threadpool_info()
            if library["user_api"] == "blas"
        }

    with threadpool_limits(2, "blas"):
        before = blas_threads()
        done = processes.in_threads(blas_threads, [(), ()])
        assert list(done) == [{1}, {1}]
        assert blas_threads() == before


def test_what_fails_ends_all(monkeypatch):
    monkeypatch.setattr(processes, "core_count", lambda: 1)
    begun = []

    def work(number):
        begun.append(number)
        if number == 1:
            raise UserError("disk full")

    with pytest.raises(UserError, match="disk full"):
        list(processes.in_threads(work, ((number,) for number in range(50))))
    assert len(begun) < 10
