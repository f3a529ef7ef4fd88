"""How the identity codes of the people that a model learned from lie.

The paper draws new people (Fig. 5) from the prior, U(-1, 1) in each of z
dimensions, to which D_z draws the codes g(x). They do not get there: the tanh
of g saturates, and people differ in a few directions of the many. The decoder
shows of codes that it never saw one averaged face. So a model remembers, in
front of the tanh, the mean and the main directions of its training people's
codes, and new people are drawn from that Gaussian: a density fitted after
training, as Ghosh et al. 2020 (From Variational to Deterministic
Autoencoders) do for autoencoders.
"""

import dataclasses

import numpy as np

# Farther from 0 tanh tells nothing apart in float32.
_EDGE = 0.9999
# Of the people's variance in the directions that are kept. Of data/ictface128
# these are 12; more of them make new people more alike.
_SHARE = 0.8


@dataclasses.dataclass(frozen=True)
class Identities:
    """A Gaussian of identity codes in front of their tanh.

    Args:
        mean: float32 `[z]`.
        directions: float32 `[r, z]`, each as long as its deviation.
    """

    mean: np.ndarray
    directions: np.ndarray

    @classmethod
    def of(cls, codes, subjects):
        """That of people.

        Args:
            codes: g(x) of images, `[n, z]` in [-1, 1].
            subjects: whose image each is, `[n]`; of three people or more.
        """
        before = np.arctanh(np.clip(codes, -_EDGE, _EDGE))
        people = np.stack([
            before[subjects == name].mean(axis=0)
            for name in np.unique(subjects)
        ])
        mean = people.mean(axis=0)
        _, lengths, directions = np.linalg.svd(
            people - mean, full_matrices=False
        )
        shares = np.cumsum(lengths**2) / max(np.sum(lengths**2), 1e-12)
        kept = min(int((shares < _SHARE).sum()) + 1, len(lengths))
        # What is left out is made up for by the rest.
        scale = 1 / np.sqrt((len(people) - 1) * max(shares[kept - 1], 1e-12))
        return cls(
            mean.astype("float32"),
            (scale * lengths[:kept, None] * directions[:kept]).astype(
                "float32"
            ),
        )

    def draw(self, generator):
        """One new person's identity code, `[z]` in [-1, 1].

        Args:
            generator: of NumPy.
        """
        draws = generator.normal(size=len(self.directions))
        return np.tanh(self.mean + draws @ self.directions)
