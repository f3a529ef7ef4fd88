"""What the settings of a run must be."""

import dataclasses

from exprgan_tf.errors import UserError

# Changing one of these between two calls does not make another run.
FREE_SETTINGS = (
    "data_dir", "checkpoint_minutes", "picture_epochs", "validation_epochs",
    "classifier_steps",
)


def require_valid(config, stages):
    """Checks every setting of a `Config`.

    Args:
        config: a `Config`.
        stages: how many stages there are.

    Raises:
        UserError: naming the first flag that is wrong, and what it must be.
    """
    def require(holds, setting, what):
        if not holds:
            raise UserError(
                f"--{setting}={as_text(getattr(config, setting))}: {what}"
            )

    for field in dataclasses.fields(config):
        choices = field.metadata["choices"]
        if choices:
            require(getattr(config, field.name) in choices, field.name,
                    f"must be one of {', '.join(choices)}")
    size = config.image_size
    require(32 <= size <= 256 and size & (size - 1) == 0, "image_size",
            "must be 32, 64, 128 or 256")
    start = config.decoder_start_size
    require(start >= 0 and start & (start - 1) == 0 and start <= size,
            "decoder_start_size", "must be 0 or a power of two")
    require(len(config.decoder_channels) >= 1, "decoder_channels",
            "must name at least one width")
    if start:
        require(start << len(config.decoder_channels) >= size,
                "decoder_start_size",
                f"{len(config.decoder_channels)} blocks cannot reach "
                f"{size} pixels from there")
    for name in ("encoder_channels", "discriminator_channels"):
        channels = getattr(config, name)
        require(channels and size >> len(channels) >= 1, name,
                f"must be 1 to {size.bit_length() - 1} widths")
    for name in (
        "encoder_channels", "decoder_channels", "discriminator_channels",
        "latent_discriminator_units",
    ):
        require(all(width >= 1 for width in getattr(config, name)), name,
                "widths must be positive")
    for name in (
        "lambda_q", "lambda_adversarial_image", "epochs", "batch_sizes",
        "learning_rates", "final_learning_rates",
    ):
        values = getattr(config, name)
        require(len(values) == stages, name,
                f"must be {stages} values, one a stage")
        require(all(value >= 0 for value in values), name,
                "must not be negative")
    for name in (
        "identity_size", "code_size", "discriminator_units",
        "picture_epochs", "face_feature_steps", "classifier_steps",
        "shuffle_buffer",
    ):
        require(getattr(config, name) >= 1, name, "must be at least 1")
    for name in (
        "seed", "code_repeats", "q_shared_units", "q_units",
        "validation_subjects", "validation_epochs", "checkpoint_minutes",
        "lambda_identity", "lambda_adversarial_latent", "lambda_tv",
        "lambda_feature_matching",
    ):
        require(getattr(config, name) >= 0, name, "must not be negative")
    require(not config.validation_epochs or config.validation_subjects,
            "validation_epochs", "needs --validation_subjects")
    for name in ("epochs", "batch_sizes"):
        require(all(value >= 1 for value in getattr(config, name)), name,
                "must be at least 1 in every stage")
    require(0 <= config.augmentation <= 1, "augmentation", "must be 0 to 1")
    require(config.face_feature_size == 0 or config.face_feature_size >= 32,
            "face_feature_size", "must be 0 or at least 32")
    if config.cache_face_features:
        require(config.augmentation == 0, "cache_face_features",
                "needs --augmentation=0, which leaves an image as it is")
        require(config.face_features != "none"
                and config.model_type.startswith("exprgan"),
                "cache_face_features",
                "needs an identity loss: a --model_type of ExprGAN and "
                "--face_features other than none")
    for name in ("average_weights", "batch_norm_momentum"):
        require(0 <= getattr(config, name) < 1, name,
                "must be at least 0 and less than 1")
    require(len(set(config.classes)) == len(config.classes), "classes",
            "names must differ")


def as_text(value):
    """A setting as its flag takes it."""
    if isinstance(value, tuple | list):
        return ",".join(str(item) for item in value)
    return str(value)
