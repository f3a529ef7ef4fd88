import json
import pathlib

import pytest
from absl import flags as absl_flags
from conftest import tiny_config

from exprgan_tf.commands.flags import ConfigFlags, SettingsFlags
from exprgan_tf.config import Config, preset
from exprgan_tf.config_motion import MotionConfig
from exprgan_tf.config_presets import PRESETS
from exprgan_tf.errors import UserError
from exprgan_tf.training.request import TrainRequest

FLAGS_FOLDER = pathlib.Path(__file__).parents[1] / "flags"


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json(name):
    config = preset(name, classes=("a", "b"))
    again = Config.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config


def test_paper_preset_has_the_weights_of_eq_10():
    config = Config()
    assert config.lambda_identity == 1
    assert config.lambda_q[2] == 1
    assert config.lambda_adversarial_image[2] == 0.01
    assert config.lambda_adversarial_latent == 0.01
    assert config.lambda_tv == 0.001
    assert (config.adam_beta_1, config.adam_beta_2) == (0.5, 0.999)
    assert set(config.batch_sizes) == {48}
    assert set(config.learning_rates) == {2e-4}


@pytest.mark.parametrize("setting, value", [
    ("image_size", 100), ("image_size", 512), ("decoder_start_size", 3),
    ("decoder_start_size", 1), ("encoder_channels", ()),
    ("encoder_channels", (4,) * 6), ("discriminator_channels", (4, 0)),
    ("epochs", (1, 1)), ("batch_sizes", (6, 0, 6)), ("lambda_tv", -1.0),
    ("learning_rates", (1e-4, -1e-4, 1e-4)), ("average_weights", 1.0),
    ("q_loss", "other"), ("code_size", 0), ("augmentation", 2.0),
    ("classes", ("happy", "happy")), ("seed", -1), ("classifier_steps", 0),
])
def test_wrong_settings_name_their_flag(setting, value):
    with pytest.raises(UserError, match=f"--{setting}="):
        tiny_config(**{setting: value})


def test_unknown_setting_and_broken_file(tmp_path):
    with pytest.raises(UserError, match="'shoe_size'"):
        Config.from_dict({"shoe_size": 46})
    for text in ("{", "[]", '"x"', '{"image_size": "wide"}'):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(UserError, match=r"config\.json cannot be read"):
            Config.from_file(tmp_path / "config.json")


@pytest.mark.parametrize("name", [
    path.stem for path in sorted(FLAGS_FOLDER.glob("*.cfg"))
])
def test_flag_files_resolve(name):
    values = absl_flags.FlagValues()
    parts = (
        SettingsFlags(TrainRequest), ConfigFlags(),
        SettingsFlags(MotionConfig),
    )
    for part in parts:
        part.define(values)
    values(["train", "--stage=all", f"--flagfile={FLAGS_FOLDER / name}.cfg"])
    request, config, _ = (part.read(values) for part in parts)
    assert request.run_dir
    assert config.data_dir
    if name == "oulu":
        assert config == preset(
            "paper", data_dir=config.data_dir,
            face_features=config.face_features,
        )
    if name == "oulu_released":
        assert config == preset(
            "released", data_dir=config.data_dir,
            face_features=config.face_features,
        )
