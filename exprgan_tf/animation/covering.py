"""Whether a hand, a microphone or another thing covers the lower face.

Face Mesh places landmarks under what covers a face, and its score hardly
tells. What its last map of the whole face holds does: a logistic regression
on it (`carried/covered.npz`) was learned on 2,495 photographs of muxspace, of
which 80 have something before mouth, chin or cheeks, and on painted hands and
microphones. On photographs that it had not seen it finds 74 of 100 of them,
nearly all that lie over the mouth, where it takes 4 of 100 others, mostly full
beards, for covered.
"""

import functools
import threading

import numpy as np

from exprgan_tf.animation.landmarks import (
    CARRIED,
    FACE_MESH,
    crop_around,
    open_network,
    seen_by_network,
)

# The last map of the whole face: 6 x 6 cells of 128 features.
_FEATURES = "p_re_lu_15"
# It has seen few smiles, and took 24 of 100 of them for covered. With this
# taken off the logit it takes 8, and finds 85 of 100 painted microphones and 95
# hands before smiles, where it found 98 and 99 (300 photographs of muxspace).
_SMILING = 2.5


class CoverTest:
    """Tells covered faces, see `cover_test`. Threads may share it.

    Raises:
        UserError: when LiteRT is not installed.
    """

    def __init__(self):
        self._network = open_network(FACE_MESH, keep_all=True)
        self._lock = threading.Lock()
        self._input = self._network.get_input_details()[0]["index"]
        self._features = next(
            details["index"] for details in self._network.get_tensor_details()
            if details["name"] == _FEATURES
        )
        with np.load(CARRIED / "covered.npz") as file:
            self._weights = file["weights"].astype("float32")
            self._bias = float(file["bias"])

    def __call__(self, picture, points, smiling=0.0):
        """How surely something covers the lower face, 0 to 1.

        Args:
            picture: uint8 `[h, w, 3]`.
            points: its face's landmarks `[468, 2]`, pixels.
            smiling: 0 for a mouth at rest to 1 for one that laughs.

        Returns:
            A number; .5 is where 4 of 100 uncovered faces lie above.
        """
        seen, _, _ = seen_by_network(picture, *crop_around(points))
        with self._lock:
            self._network.set_tensor(self._input, seen)
            self._network.invoke()
            features = self._network.get_tensor(self._features)[0]
        logit = float((features * self._weights).sum()) + self._bias
        logit -= _SMILING * smiling
        return float(1.0 / (1.0 + np.exp(-logit)))


@functools.cache
def cover_test():
    """The one `CoverTest` of this process."""
    return CoverTest()
