"""Where labelled photographs come from, one class a public set."""

import inspect

from exprgan_tf.data.sources.affectnet import AffectNet
from exprgan_tf.data.sources.ckplus import CKPlus
from exprgan_tf.data.sources.fer2013 import FER2013
from exprgan_tf.data.sources.folder import Folder
from exprgan_tf.data.sources.kdef import KDEF
from exprgan_tf.data.sources.manifest import Manifest
from exprgan_tf.data.sources.muxspace import Muxspace
from exprgan_tf.data.sources.oulu import Oulu
from exprgan_tf.data.sources.rafd import RaFD
from exprgan_tf.data.sources.rafdb import RAFDB
from exprgan_tf.errors import UserError

# What --source may be: one's own pictures first, then the public sets.
SOURCES = {
    source.name: source
    for source in (
        Manifest, Folder,
        AffectNet, CKPlus, FER2013, KDEF, Muxspace, Oulu, RaFD, RAFDB,
    )
}


def open_source(name, folder, split_file=None):
    """A source by its name.

    Args:
        name: a key of `SOURCES`.
        folder: where the set lies.
        split_file: for "oulu", see there.

    Raises:
        UserError: for an unknown name, or a folder that is missing.
    """
    if name not in SOURCES:
        raise UserError(
            f"--source={name}: must be one of {', '.join(SOURCES)}"
        )
    if name == Oulu.name:
        return Oulu(folder, split_file)
    if split_file:
        raise UserError("--split_file is for --source=oulu")
    return SOURCES[name](folder)


def describe_sources():
    """Text for --list_sources: each name and what the class says of it."""
    texts = []
    for name, source in SOURCES.items():
        # Arguments are for those who write code.
        lines = inspect.cleandoc(source.__doc__).split("\nArgs:")[0].strip()
        body = "\n".join(
            f"    {line}".rstrip() for line in lines.splitlines()
        )
        texts.append(f"--source={name}\n{body}")
    return "\n\n".join(texts) + "\n"
