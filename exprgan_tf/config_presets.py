"""The presets, as what each changes of the defaults of `Config`."""

# What the authors' code does where it differs from the paper.
PRESETS = {
    "paper": {},
    "released": {
        "pixel_normalization": "min_max",
        "repeat_draws": True,
        "decoder_start_size": 4,
        "discriminator_activation": "relu",
        "q_shared_units": 128,
        "update_moving_statistics": False,
        "adversarial_loss": "non_saturating",
        "q_loss": "squared_error",
        "lambda_q": (1.0, 1.0, 1.0),
        "reconstruction_trains_discriminators": True,
        "batch_sizes": (60, 48, 48),
    },
}
