"""What the files of an edit are called: no two alike, none of others."""

import os
import pathlib
import re

from exprgan_tf.config import NEUTRAL
from exprgan_tf.errors import UserError
from exprgan_tf.support.places import (
    MOST_BYTES,
    distinct_names,
    require_apart,
    same_name,
)
from exprgan_tf.support.record import Record

_FACE = re.compile(r"_face[1-9]\d*")
# The longest of them that is made room for.
_LONGEST_FACE = "_face9999"


class EditFiles:
    """The names of all that is made of some files.

    Args:
        request: the `EditRequest`, with the names of its expressions.
        files: what is edited, paths.
        endings: what follows the stem in the names of a file's pictures.
        others: names of files that are made beside these.

    Attributes:
        record: the `Record` of the output folder.

    Raises:
        UserError: before anything is made, when nothing would be, when the
            output is the folder of the photographs, or when a file is in
            the way that was not written by this project.
    """

    def __init__(self, request, files, endings, others=()):
        moving = set(request.expressions) - {NEUTRAL}
        if not endings or (request.levels and not moving):
            flag = "--levels" if endings else f"--format={request.format}"
            raise UserError(
                f"--expressions={','.join(request.expressions)}: nothing "
                f"would be made of it with {flag}: name an expression"
            )
        self._folder = pathlib.Path(request.output)
        self._endings = endings
        self._numbered = request.faces == "all"
        # Pictures of pictures would be edited the next time.
        require_apart(
            self._folder, {"input": request.input}, inside=True, above=True
        )
        self.record = Record(self._folder)
        self._owners = dict.fromkeys(map(same_name, others))
        self._without_face = {}
        room = MOST_BYTES - max(len(ending.encode()) for ending in endings)
        if self._numbered:
            room -= len(_LONGEST_FACE)
        names = distinct_names([path.stem for path in files], room)
        self._bases = {
            path: self._take(name, room)
            for path, name in zip(files, names, strict=True)
        }
        for path, base in self._bases.items():
            if base != path.stem:
                print(f"{path}: its pictures are called {base}_...")
        self._require_own()

    def base(self, path):
        """Where the pictures of a file go, without what tells them apart."""
        return self._folder / self._bases[path]

    def _take(self, name, room):
        base, number = name, 1
        while any(map(self._is_taken, self._names(base))):
            number += 1
            ending = f"_{number}"
            base, = distinct_names([name], room - len(ending))
            base += ending
        for one in self._names(base):
            self._owners[one] = base
            for other in _without_faces(one):
                self._without_face[other] = base
        return base

    def _names(self, base):
        return [same_name(base + ending) for ending in self._endings]

    def _is_taken(self, name):
        if name in self._owners:
            return True
        return self._numbered and (
            name in self._without_face
            or any(other in self._owners for other in _without_faces(name))
        )

    def _require_own(self):
        """What has the name of a picture must be one of an earlier call."""
        if not self._folder.is_dir():
            return
        for name in sorted(os.listdir(self._folder)):
            if self._is_taken(same_name(name)):
                self.record.require_own(self._folder / name)


def photograph_endings(request, code_size):
    """What follows the stem in the names of a photograph's pictures.

    Args:
        request: the `EditRequest`, with the names of its expressions.
        code_size: elements of an expression's code.
    """
    moving = [name for name in request.expressions if name != NEUTRAL]
    endings = []
    if not request.face_expressions:
        if request.format == "png":
            endings += ["_grid.png", *_at_each(request, ".png")]
        else:
            endings += [f"_{name}.{request.format}" for name in moving]
        if request.levels and moving:
            endings += ["_levels.png", *(
                f"_{name}_level{level}.png" for name in moving
                for level in range(1, code_size + 1)
            )]
    if request.face_expressions or request.paste_back or request.contact_sheet:
        if request.format == "png":
            endings += _at_each(request, "_photo.png")
        else:
            names = ["faces"] if request.face_expressions else moving
            endings += [f"_{name}_photo.{request.format}" for name in names]
    return endings if request.expressions or request.face_expressions else []


def film_endings(request):
    """The same of a film."""
    return _at_each(request, ".mp4")


def _at_each(request, ending):
    names = ["faces"] if request.face_expressions else request.expressions
    return [
        f"_{name}_{request.intensity_name(intensity)}{ending}"
        for name in names for intensity in request.steps_of(name)
    ]


def _without_faces(name):
    return [
        name[: found.start()] + name[found.end() :]
        for found in _FACE.finditer(name)
    ]
