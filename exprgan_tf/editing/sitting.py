"""A photograph whose faces are ready to be edited, and its edits."""


class Sitting:
    """One photograph.

    Args:
        faces: its `faces.photographs.Face`s, from left to right.
        editors: what edits each, such as a `decoded.DecodedFace`.
        base: path of its pictures, without what tells them apart.
    """

    def __init__(self, faces, editors, base):
        self.faces = faces
        self.editors = editors
        self.base = base

    def edit(self, face, expression, intensities):
        """Images `[n, s, s, 3]` of a face at `n` intensities."""
        return self.editors[face].pictures(
            [[(expression, intensity)] for intensity in intensities]
        )

    def photographs(self, expressions, intensities):
        """Whole photographs, uint8 `[h, w, 3]`, one for each intensity.

        Args:
            expressions: a dict from faces, counted from 0, to expressions.
            intensities: a list.
        """
        changes = {
            face: self.editors[face].changes(
                [[(name, intensity)] for intensity in intensities]
            )
            for face, name in expressions.items()
        }
        for index in range(len(intensities)):
            picture = self.faces[0].picture
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
