"""The numbers to compare with: the authors', and those of a second set.

`data/` is the authors' code under TensorFlow 1.15, run once. The second set
has other widths and comes from `plain_graph`. `--parity_data=DIR` names a
further set in the place of both.
"""

import pathlib

import pytest

from .make_set import make_set
from .parity_set import ParitySet, all_losses, recorded_step

DATA = pathlib.Path(__file__).parent / "data"


def pytest_addoption(parser):
    parser.addoption(
        "--parity_data", metavar="DIR",
        help="compare with this set only: authors_graph.npz, "
             "fake_vgg_face.mat and ckpt_joint/checkpoint/",
    )


@pytest.fixture(scope="session", params=["authors", "other_widths"])
def parity(request, tmp_path_factory):
    given = request.config.getoption("--parity_data", default=None)
    if given and request.param != "authors":
        pytest.skip("--parity_data names the only set")
    if request.param == "authors":
        return ParitySet(given or DATA)
    return ParitySet(make_set(tmp_path_factory.mktemp("other_widths")))


@pytest.fixture(scope="session")
def model(parity):
    """The authors' weights; no test changes them."""
    return parity.model()


@pytest.fixture(scope="session")
def losses_and_objectives(parity, model):
    return all_losses(parity, model)


@pytest.fixture(scope="session")
def recorded(parity):
    """Losses and gradients of one step of a stage, computed once."""
    steps = {}

    def record(stage):
        if stage not in steps:
            steps[stage] = recorded_step(parity, stage)
        return steps[stage]

    return record
