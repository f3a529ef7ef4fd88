"""One folder an expression."""

from exprgan_tf.data.sources.base import Photo, Source, expression_name
from exprgan_tf.data.sources.files import class_folders, files_below
from exprgan_tf.pictures.listing import is_photograph


class Folder(Source):
    """Pictures of one's own, sorted into one folder an expression.

    Layout: happy/01.jpg, angry/a/02.png and so on, at any depth below the
    folder that names the expression. When nine tenths of the pictures and
    more lie in folders of these folders, the latter are the persons:
    happy/anna/01.jpg; what lies beside them is left out and named.
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
        pictures = [
            file.parent == folder for _, folder, file in found
            if is_photograph(file)
        ]
        # One that was dropped there must not make all people forgotten.
        self.names_subjects = bool(pictures) and (
            10 * sum(pictures) <= len(pictures)
        )
        if self.names_subjects:
            self.skipped = [
                (str(file), "beside the folders of persons")
                for _, folder, file in found if file.parent == folder
            ]
            found = [item for item in found if item[2].parent != item[1]]
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
        told = {
            *(str(photo.path) for photo in photos),
            *(name for name, _ in self.skipped),
        }
        self.skipped += [
            (str(file), "in no folder of an expression")
            for file in files_below(self.folder, None)
            if str(file) not in told
        ]
        return self.require(photos)
