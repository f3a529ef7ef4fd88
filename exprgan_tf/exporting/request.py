"""What is asked of an export."""

import dataclasses

from exprgan_tf.support.settings import MODEL_HELP, setting


@dataclasses.dataclass(frozen=True)
class ExportRequest:
    """Which model, in which format, and where it goes."""

    output: str | None = setting(None, "folder to make", needed=True)
    model: str | None = setting(
        None, f"{MODEL_HELP}; motion: the motion network that does"
    )
    format: str = setting(
        "saved_model", "onnx needs pip install 'exprgan_tf[export]'",
        ("saved_model", "onnx", "tflite"),
    )
    overwrite: bool = setting(False, "replace --output")
