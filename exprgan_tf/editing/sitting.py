"""A photograph whose faces are ready to be edited, and its edits."""


class Sitting:
    """One photograph.

    Args:
        photograph: the `Photograph`.
        faces: its `faces.photographs.Face`s, from left to right.
        editors: what edits each, see `editors`.
        request: the `EditRequest`.
        base: path of its pictures, without what tells them apart.
        record: of the folder of its pictures, as for `whole_file`.
    """

    def __init__(self, photograph, faces, editors, request, base, record):
        self.photograph = photograph
        self.faces = faces
        self.editors = editors
        self.request = request
        self.base = base
        self.record = record

    def edit(self, face, expression, intensities):
        """Images `[n, s, s, 3]` of a face at `n` intensities."""
        return self.editors[face].pictures(
            self.request.mixes(expression, intensities)
        )

    def edits(self, face, expression, intensities, whole):
        """A face at each intensity, and the photograph with it.

        Args:
            face: its number, from 0.
            expression: what it is to show.
            intensities: a list.
            whole: whether photographs are wanted.

        Yields:
            An image `[s, s, 3]` in [-1, 1], and uint8 `[h, w, 3]`; without
            `whole` None.
        """
        editor = self.editors[face]
        photographs = self.photographs({face: expression}, intensities)
        if whole and editor.moves_pixels:
            # The face is cut out of what is made anyway.
            for picture in photographs:
                yield editor.cut_out(picture), picture
            return
        images = self.edit(face, expression, intensities)
        for image in images:
            yield image, next(photographs) if whole else None

    def photographs(self, expressions, intensities):
        """Whole photographs, uint8 `[h, w, 3]`, one for each intensity.

        Args:
            expressions: a dict from faces, counted from 0, to expressions.
            intensities: a list.
        """
        changes = {
            face: self.editors[face].changes(
                self.request.mixes(name, intensities)
            )
            for face, name in expressions.items()
        }
        for index in range(len(intensities)):
            picture = self.photograph.pixels
            for face, made in changes.items():
                picture = made[index].apply(
                    picture, self.faces[face].transform
                )
            yield picture

    def name(self, face):
        """The path of a face's pictures, numbered if there are several."""
        if len(self.faces) == 1:
            return self.base
        return self.base.with_name(f"{self.base.name}_face{face + 1}")
