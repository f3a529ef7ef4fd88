"""One folder an expression."""

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import class_folders, files_below


class Folder(Source):
    """Pictures of one's own, sorted into one folder an expression.

    Layout: happy/01.jpg, angry/a/02.png and so on, at any depth below the
    folder that names the expression. When every one of these folders holds
    nothing but folders, the latter are the persons: happy/anna/01.jpg.
    Folders train, validation (or val) and test may stand above:
    train/happy/01.jpg.

    Licence: that of the pictures.
    """

    name = "folder"
    names_subjects = False

    def photos(self):
        self.skipped = []
        if not self.folder.is_dir():
            return self.require([])
        found = []
        for split, folder in class_folders(self.folder):
            # Every file counts: what is no picture is to be named.
            found += [
                (split, folder, file) for file in files_below(folder, None)
            ]
        self.names_subjects = bool(found) and all(
            file.parent != folder for _, folder, file in found
        )
        photos = [
            Photo(
                path=file,
                expression=expression_name(folder.name),
                subject=(
                    file.relative_to(folder).parts[0]
                    if self.names_subjects else None
                ),
                split=split,
            )
            for split, folder, file in found
        ]
        taken = {photo.path for photo in photos}
        self.skipped = [
            (str(file), "in no folder of an expression")
            for file in files_below(self.folder, None)
            if file not in taken
        ]
        return self.require(photos)
