"""One folder is one run: its settings, checkpoints, models and pictures.

    config.json            the settings
    face_features.keras    phi, when the run trains it
    face_features/         phi of the training images, when they are kept
    stageN.weights.h5      checkpoint: weights, optimizer states and step
    stageN_losses.csv      the mean of every loss in every epoch
    stageN.keras           the model at the end of stage N
    motion.json, ...       the same of the motion stage, see `stem`
    classifier.keras       the expression classifier, when it was trained
    pictures/              grids of held-out subjects
    tensorboard/           the same, and every loss at every step
"""

import csv
import io
import json
import math
import pathlib
import shutil

import h5py

from exprgan_tf.config_motion import FREE_MOTION_SETTINGS, MOTION
from exprgan_tf.config_rules import FREE_SETTINGS, as_text
from exprgan_tf.errors import UserError
from exprgan_tf.support.atomic import held, whole_file

# For what is written beside checkpoints.
_SPARE_BYTES = 1 << 20


class RunFolder:
    """Files of a run. Each appears only when it is whole.

    Args:
        path: the folder; `open` makes it.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._lock = None

    def open(self, config, motion=None):
        """Makes the folder or continues the run in it, and locks it.

        Args:
            config: the run's `Config`.
            motion: its `MotionConfig`, when it trains the motion stage.

        Raises:
            UserError: when the folder holds a run with other settings, is
                in use, or cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = held(
                self.path, f"--run_dir={self.path}", "trains", ".lock"
            )
        except OSError as error:
            raise UserError(
                f"--run_dir={self.path} cannot be used: {error}"
            ) from None
        parts = [(self.config_path, config, FREE_SETTINGS)]
        if motion is not None:
            parts.append((self.motion_path, motion, FREE_MOTION_SETTINGS))
        if not self.config_path.exists():
            self._refuse_others()
        for path, settings, free in parts:
            if path.exists():
                self._check_settings(path, settings, free)
        for path, settings, _ in parts:
            text = json.dumps(settings.to_dict(), indent=1) + "\n"
            with whole_file(path) as partial:
                partial.write_text(text, "utf-8")

    def close(self):
        """Lets another process train in the folder."""
        if self._lock:
            self._lock.release()

    @property
    def config_path(self):
        return self.path / "config.json"

    @property
    def motion_path(self):
        return self.path / f"{MOTION}.json"

    def stem(self, stage):
        """With what the names of a stage's files begin."""
        return MOTION if stage == MOTION else f"stage{stage}"

    def model_path(self, stage):
        return self.path / f"{self.stem(stage)}.keras"

    def checkpoint_path(self, stage):
        return self.path / f"{self.stem(stage)}.weights.h5"

    def losses_path(self, stage):
        return self.path / f"{self.stem(stage)}_losses.csv"

    @property
    def face_features_path(self):
        return self.path / "face_features.keras"

    @property
    def feature_cache(self):
        return self.path / "face_features"

    @property
    def pictures(self):
        return self.path / "pictures"

    @property
    def tensorboard(self):
        return self.path / "tensorboard"

    def save_checkpoint(self, stage, sums):
        """Saves a `Stage` with the sums of its losses in this epoch.

        The step is the optimizer's own count, so that weights, optimizer
        states and step can never disagree.

        Raises:
            UserError: when the disk has no room for it.
        """
        self.require_room(4 * sum(
            math.prod(variable.shape) for variable in stage.state
        ))
        with whole_file(self.checkpoint_path(stage.number)) as partial:
            stage.save_weights(partial, overwrite=True)
            with h5py.File(partial, "a") as file:
                file.attrs["sums"] = json.dumps(sums)

    def require_room(self, needed=0):
        """Ends a run before its disk is full.

        HDF5 ends the process when it gets full while it writes, and the
        thread that writes events dies and lets the others wait.

        Args:
            needed: bytes that are to be written.

        Raises:
            UserError: when there is no room for them.
        """
        needed += _SPARE_BYTES
        free = shutil.disk_usage(self.path).free
        if free < needed:
            raise UserError(
                f"--run_dir={self.path}: the disk is full, {needed / 1e6:.1f} "
                f"MB are needed and {free / 1e6:.1f} MB are free; make room "
                "and repeat the command"
            )

    def load_checkpoint(self, stage):
        """Restores a `Stage`, if it was checkpointed.

        Returns:
            The sums of its losses in the unfinished epoch.

        Raises:
            UserError: when the file cannot be read.
        """
        path = self.checkpoint_path(stage.number)
        if not path.exists():
            return {}
        try:
            stage.load_weights(path)
            with h5py.File(path) as file:
                return json.loads(file.attrs["sums"])
        except (OSError, ValueError, KeyError) as error:
            raise UserError(
                f"{path} cannot be read ({' '.join(str(error).split())}); "
                "delete it to train the stage from its beginning"
            ) from None

    def losses(self, stage):
        """Rows of the means of the losses, as far as they are undamaged.

        A power cut may have left anything behind the last whole row.

        Returns:
            `(names, rows)`: "epoch" and the losses, and lists of texts as
            they stand in the file, the first of each a growing number.
        """
        path = self.losses_path(stage)
        if not path.exists():
            return [], []
        text = path.read_bytes().decode("utf-8", "replace")
        reader = csv.reader(io.StringIO(text, newline=""))
        names, rows = [], []
        try:
            names = next(reader, [])
            if names[:1] != ["epoch"] or not all(map(str.isidentifier, names)):
                return [], []
            for row in reader:
                if not _is_whole(row, names, rows):
                    break
                rows.append(row)
        except csv.Error:
            pass
        return names, rows

    def keep_losses(self, stage, epochs):
        """Drops rows after that many epochs, which will be written anew.

        Says so when rows before that are damaged.
        """
        path = self.losses_path(stage)
        if not path.exists():
            return
        names, rows = self.losses(stage)
        rows = [row for row in rows if int(row[0]) <= epochs]
        if len(rows) < epochs:
            print(f"{path} is damaged: {epochs - len(rows)} rows before epoch "
                  f"{epochs + 1} are lost")
        with whole_file(path) as partial, partial.open(
            "w", newline="", encoding="utf-8"
        ) as file:
            csv.writer(file).writerows([names, *rows] if names else [])

    def add_losses(self, stage, epoch, means):
        """Appends the row of an epoch (counted from 1)."""
        path = self.losses_path(stage)
        is_new = not path.exists() or path.stat().st_size == 0
        with path.open("a+", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["epoch", *means])
            if is_new:
                writer.writeheader()
            else:
                # The backends of Keras do not order losses alike.
                file.seek(0)
                writer.fieldnames = next(csv.reader(file))
            writer.writerow({"epoch": epoch, **means})

    def _refuse_others(self):
        """What has a name that a run would write to, and is of no run."""
        for name in ("pictures", "tensorboard"):
            if (self.path / name).exists():
                raise UserError(
                    f"--run_dir={self.path} holds {name} and no config.json: "
                    "it is no run; give another folder"
                )

    def _check_settings(self, path, settings, free):
        saved = type(settings).from_file(path).to_dict()
        for name, value in settings.to_dict().items():
            if name not in free and saved.get(name) != value:
                # Rates fall over all epochs: there is no going on after them.
                more = (
                    f", and --init_from={self.path} to start from its weights"
                    if name.endswith("epochs") else ""
                )
                raise UserError(
                    f"--{name}={as_text(value)}: the run in {self.path} was "
                    f"begun with {as_text(saved.get(name))}; give another "
                    f"--run_dir{more}"
                )


def _is_whole(row, names, before):
    """Whether a row of losses is one, and comes after those before."""
    try:
        epoch, *means = int(row[0]), *map(float, row[1:])
    except (ValueError, IndexError):
        return False
    return (
        len(row) == len(names) and all(map(math.isfinite, means))
        and epoch > (int(before[-1][0]) if before else 0)
    )
