"""A model of whose file only the head is read, until more is asked for."""

import functools

from exprgan_tf.config import Config
from exprgan_tf.model_files.heads import class_index, head_of


class LateModel:
    """Stands for a model where mostly its config is needed.

    Moving a photograph's own pixels takes names and sizes of the model that
    comes along; its networks, which take a second to build, are for faces
    that cannot be moved.

    Args:
        path: a whole file of a `ConfiguredModel`.
        load: called with it for the model, once.
    """

    def __init__(self, path, load):
        self.config = Config.from_dict(head_of(path)["config"]["config"])
        self._load = functools.cache(lambda: load(path))

    def class_index(self, expression):
        """See `heads.class_index`."""
        return class_index(self.config, expression)

    def __getattr__(self, name):
        return getattr(self._load(), name)
