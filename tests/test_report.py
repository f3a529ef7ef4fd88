import csv
import html.parser
import json
import re
import shutil

import numpy as np
import pytest
from commands import visible
from conftest import tiny_config

from exprgan_tf import ExprGAN
from exprgan_tf.data.preparing.request import Options
from exprgan_tf.data.preparing.writing import make_dataset
from exprgan_tf.data.records import Dataset
from exprgan_tf.data.sources.manifest import Manifest
from exprgan_tf.errors import UserError
from exprgan_tf.evaluation.columns import measure_columns
from exprgan_tf.evaluation.editors import COPY, NEAREST
from exprgan_tf.evaluation.names import column_names
from exprgan_tf.evaluation.page import number
from exprgan_tf.evaluation.report import as_text, write_report


@pytest.fixture(scope="module")
def judges(tmp_path_factory):
    return tmp_path_factory.mktemp("judges")


def measured(models, dataset, folder, refine="none"):
    return measure_columns(
        models, dataset, "test", refine, folder, epochs=1, resamples=9
    )


class Outline(html.parser.HTMLParser):
    """Headings, images, table heads and what a page would load."""

    def __init__(self, text):
        super().__init__()
        self.levels, self.images, self.loads = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "img":
            self.images.append(values)
        self.loads += [values[name] for name in ("src", "href")
                       if name in values]
        assert tag not in ("script", "link", "iframe")


def test_two_models_are_two_columns_of_one_file(
    dataset, judges, tmp_path, eager
):
    smaller = tiny_config(image_size=64, decoder_channels=(8, 8, 6, 6, 4),
                          encoder_channels=(4, 4, 6, 8))
    columns = measured(
        [("small", ExprGAN(tiny_config())), ("large", ExprGAN(smaller))],
        dataset, judges,
    )
    write_report(
        columns, tmp_path, "test", "none",
        [("Table 1", "How a table is appended.", ["images", "right"],
          [["0", "0.5"], ["100", "<0.6>"]])],
    )
    names = ["small", "large"] + [
        f"{name} ({size} pixels)" for size in (32, 64)
        for name in (COPY, NEAREST)
    ]
    found = json.loads((tmp_path / "metrics.json").read_text())
    assert list(found["columns"]) == names
    assert found["columns"]["large"]["image_size"] == 64
    assert found["columns"]["small"]["left_out"] == {}
    text = (tmp_path / "report.html").read_text("utf-8")
    page = Outline(text)
    # Everything is inside, and headings do not skip a level.
    assert page.loads
    assert all(load.startswith("data:image/png;base64,")
               for load in page.loads)
    assert "http" not in re.sub("base64,[^\"]*", "", text)
    assert all(image["alt"] for image in page.images)
    assert page.levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(
        page.levels, page.levels[1:], strict=False
    ))
    for figure in range(2, 8):
        assert f"(Fig. {figure})" in text
    for name in names:
        assert f'<th scope="col">{name}</th>' in text
    assert "&lt;0.6&gt;" in text
    assert "small" in as_text(columns, tmp_path)
    assert visible(tmp_path) == ["metrics.json", "report.html"]
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(UserError, match=r"report\.html was not written by"):
        write_report(columns, tmp_path, "test", "none")
    assert (tmp_path / "report.html").read_text() == "mine"


def test_data_that_knows_little_is_measured_as_far_as_it_goes(
    faces_folder, judges, tmp_path
):
    """No neutral faces, no intensities, nobody knows who is who."""
    with (faces_folder / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if row["split"] != "neutral"]
    folder = tmp_path / "faces"
    folder.mkdir()
    for row in rows:
        shutil.copy(faces_folder / row["path"], folder)
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(
            file, ["path", "expression", "split"], extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)
    make_dataset(
        Manifest(folder), tmp_path / "data",
        options=Options(image_size=32, align="never"), workers=1,
    )
    dataset = Dataset.open(tmp_path / "data")
    assert not dataset.people_known
    columns = measured(
        [("model", ExprGAN(tiny_config()))], dataset, judges, "identity"
    )
    write_report(columns, tmp_path, "test", "identity")
    left_out = columns[0].left_out
    assert set(left_out) >= {
        "Identity", "IdentityCodes", "IntensityTruth", "TargetError",
    }
    assert "intensity_spearman" in columns[0].values
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "the data has no intensity labels" in text
    assert "(Fig. 2)" in text


def test_models_without_encoder_or_expressions_do_not_crash(
    dataset, judges, tmp_path, eager
):
    cgan, aae, *_ = columns = measured(
        [(name, ExprGAN(tiny_config(model_type=name)))
         for name in ("cgan", "aae")], dataset, judges,
    )
    write_report(columns, tmp_path, "test", "none")
    for column in (cgan, aae):
        assert "new_faces_diversity" in column.values
        assert "no trained Q" in column.left_out["Retrieval"]
    assert "no encoder" in cgan.left_out["ExpressionAccuracy"]
    assert "identity_rank1" not in cgan.values
    assert "identity_rank1" in aae.values


def test_names_of_columns():
    assert column_names(["runs/a", "b/c.keras"]) == ["a", "c"]
    assert column_names(["a/model", "b/model"]) == ["a/model", "b/model"]
    assert column_names([
        "runs/a/stage2.keras", "runs/a/stage3.keras", "runs/b/stage3.keras",
    ]) == ["a/stage2", "a/stage3", "b/stage3"]
    assert column_names(["model", "model.keras"]) == ["model", "model.keras"]
    with pytest.raises(UserError, match="twice"):
        column_names(["a", "a"])


def test_benchmarks_of_one_size_have_names_of_their_own(dataset, judges):
    """Two presets differ in how pixels are valued: their copies of the input
    had one name, and one was lost in metrics.json."""
    columns = measured([
        ("paper", ExprGAN(tiny_config())),
        ("released", ExprGAN(tiny_config(pixel_normalization="min_max"))),
    ], dataset, judges)
    assert [column.name for column in columns] == ["paper", "released"] + [
        f"{name} (as for {model})" for model in ("paper", "released")
        for name in (COPY, NEAREST)
    ]


def test_numbers_of_the_table():
    assert number(0.123) == "0.12"
    assert number(-12.34) == "-12.3"
    assert number(123.4) == "123"
    assert number(np.inf) == "∞"
