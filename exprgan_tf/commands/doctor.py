"""Tells what is installed and set, and tries an edit.

    exprgan doctor

What it prints belongs into a report of a fault. A line that starts with FAIL
says what to do; with one of them the exit code is 1. Nothing is left on disk.
"""

import contextlib
import dataclasses
import importlib.metadata
import io
import os
import pathlib
import platform
import shutil
import tempfile
import time

import exprgan_tf
from exprgan_tf.commands.running import run
from exprgan_tf.errors import UserError
from exprgan_tf.support import installed, keras_settings
from exprgan_tf.support.processes import core_count
from exprgan_tf.support.settings import setting

# So that a Keras that does not start is one line among the others.
STARTS_KERAS = False
# Not all of TF_: they are Terraform's, too.
VARIABLES = (
    "KERAS_", "TF_CPP", "TF_USE", "TF_FORCE", "TF_ENABLE", "TF_NUM", "TF_GPU",
    "TF_XLA", "XLA_", "CUDA_VISIBLE", "PYTHONOPTIMIZE", "IMAGEIO_",
)
# Of megabytes: TensorFlow, a model and a photograph.
_LEAST_MEMORY, _LEAST_DISK = 2000, 500


@dataclasses.dataclass(frozen=True)
class DoctorRequest:
    """What is looked at."""

    edit: bool = setting(True, "try edits, too, which takes half a minute")


SETTINGS = (DoctorRequest,)


def main(request):
    checks = [
        ("system", _system), ("settings", _settings),
        ("packages", _packages), ("disk", _disk), ("films", _films),
        ("keras", _keras),
    ]
    failed = [name for name, check in checks if _failed(name, check)]
    if request.edit and "keras" not in failed:
        edits = [("decoder", _decoder), ("animate", _animate)]
        checks += edits
        failed += [name for name, check in edits if _failed(name, check)]
    print(f"{len(failed)} of {len(checks)} checks failed" if failed else
          f"all {len(checks)} checks are well")
    return len(failed)


def _failed(name, check):
    """Runs a check and prints what it tells; whether it failed."""
    start = time.monotonic()
    lines, wrong = [], None
    try:
        # One by one: what was told before a failure is told.
        lines.extend(check())
    except UserError as error:
        wrong = str(error)
    # Anything may be wrong with a machine; the others are to be told, too.
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error).split())[:200]
        wrong = (
            f"{type(error).__name__}: {reason}; report this with all lines"
        )
    seconds = time.monotonic() - start
    if seconds > 1:
        lines.append(f"took {seconds:.1f} s")
    for line in lines:
        print(f"{name}: {_without_home(line)}", flush=True)
    if wrong:
        print(f"FAIL {name}: {_without_home(wrong)}", flush=True)
    return bool(wrong)


def _without_home(text):
    """A text without the name of its user's folder."""
    home = os.path.expanduser("~")
    return text.replace(home, "~") if len(home) > 1 else text


def _system():
    yield (
        f"exprgan {exprgan_tf.__version__}, "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.platform()}, {core_count()} cores"
    )
    with contextlib.suppress(OSError):
        text = pathlib.Path("/proc/meminfo").read_text()
        kilobytes = dict(line.split()[:2] for line in text.splitlines())
        memory = int(kilobytes["MemAvailable:"]) // 1024
        if memory < _LEAST_MEMORY:
            raise UserError(
                f"{memory} MB of memory are free, {_LEAST_MEMORY} are needed: "
                "close other programs"
            )
        yield f"{memory} MB of memory are free"


def _settings():
    """Only the variables that TensorFlow and Keras read."""
    found = [
        f"{name}={value}" for name, value in sorted(os.environ.items())
        if name.startswith(VARIABLES)
    ]
    yield "; ".join(found) or "no variables of Keras or TensorFlow"
    file = keras_settings.settings_file()
    yield f"{file}: {keras_settings.settings() or 'none'}"
    for name, needed in keras_settings.NEEDED.items():
        value = keras_settings.settings().get(name, needed)
        if value != needed:
            yield f"{name}={value} is {needed} in commands of exprgan"


def _packages():
    """Every extra; only what any command needs must be there."""
    try:
        required = installed.required()
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            "exprgan_tf is neither installed nor in its checkout: pip "
            "install . in the checkout"
        ) from None
    without = []
    for extra, requirements in required.items():
        states = [installed.state(one) for one in requirements]
        yield f"{extra}: {', '.join(states)}"
        if extra in installed.NEEDED:
            without += [
                text for text in states if text.endswith(installed.MISSING)
            ]
    # On another backend TensorFlow is only needed for some commands.
    if keras_settings.chosen_backend()[0] != "tensorflow":
        others = {one.name for one in required["tensorflow"]}
        without = [one for one in without if one.split()[0] not in others]
    if without:
        raise UserError(
            f"{', '.join(without)}: pip install . in the checkout brings them"
        )


def _disk():
    folder = tempfile.gettempdir()
    with tempfile.TemporaryFile() as file:
        file.write(b"exprgan")
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < _LEAST_DISK:
        raise UserError(
            f"{free} MB are free in {folder}, {_LEAST_DISK} are needed: make "
            "room, or name another folder by TMPDIR"
        )
    yield f"{free} MB are free in {folder}"


def _keras():
    from exprgan_tf.support.quiet import import_backend

    import_backend()
    import keras

    from exprgan_tf.support.backend import device_names

    yield (
        f"Keras {keras.__version__} on {keras.backend.backend()}, devices: "
        f"{', '.join(device_names())}"
    )


def _films():
    try:
        import av

        av.Codec("libx264", "w")
    except (ImportError, ValueError) as error:
        raise UserError(
            f"films cannot be written ({error}): pip install "
            "--force-reinstall av"
        ) from None
    yield f"PyAV {av.__version__}, {av.ffmpeg_version_info}"


def _decoder():
    """The paper's: a face that comes along, painted anew."""
    import numpy as np

    from exprgan_tf.model import ExprGAN
    from exprgan_tf.page.studio import EXAMPLES, STATIC
    from exprgan_tf.pictures.files import decode_picture, to_model_input

    model = ExprGAN.load()
    data = (STATIC / EXAMPLES[0]).read_bytes()
    face = to_model_input(decode_picture(data, EXAMPLES[0]), model.config)
    start = time.monotonic()
    neutral, happy = (
        model.edit(face[None], "happy", intensity, refine="none")
        for intensity in (0.0, 1.0)
    )
    change = np.abs(happy - neutral).mean() * 127.5
    if not 0.5 < change < 60:
        raise UserError(
            f"an edit changes a face by {change:.1f} levels, and not by some: "
            "install exprgan_tf again, its weights are damaged"
        )
    yield f"{EXAMPLES[0]} edited in {time.monotonic() - start:.1f} s"


def _animate():
    """A photograph whose face is found and moved, from file to file."""
    from exprgan_tf.editing.perform import edit
    from exprgan_tf.editing.request import EditRequest
    from exprgan_tf.pictures.example import example_photograph

    photograph = example_photograph()
    with tempfile.TemporaryDirectory() as folder:
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            failed = edit(EditRequest(
                input=str(photograph), output=folder, expressions=("happy",),
                intensities=(1.0,),
            ))
        made = len(list(pathlib.Path(folder).glob("*.png")))
    if failed or not made:
        reason = " ".join(told.getvalue().split())[:200]
        raise UserError(
            f"{photograph.name} was not edited: {reason}; report this with "
            "all lines"
        )
    yield f"{photograph.name}: face found and edited"


if __name__ == "__main__":
    run(main, SETTINGS, backend=STARTS_KERAS)
