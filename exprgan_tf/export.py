"""Exports a model for use without this project.

    exprgan export --model=runs/demo --output=exported

--format=saved_model writes a TensorFlow SavedModel with the signatures
`edit`, `encode`, `decode`, `transfer` and `generate`, and each again for
encoded pictures (`edit_bytes`); onnx and tflite write the first four. A
motion network (`--model=motion`, or a run of --stage=motion) has `edit`: the
picture, and how it came of the other. The README in the folder describes
inputs and ranges.
"""

from exprgan_tf.commands.running import run
from exprgan_tf.exporting.request import ExportRequest

SETTINGS = (ExportRequest,)


def main(request):
    from exprgan_tf.exporting.folder import export
    from exprgan_tf.exporting.models import load_model

    size = export(
        load_model(request.model), request.output, request.overwrite,
        request.format, request.model,
    )
    print(f"{request.format}: {request.output} ({size / 1e6:.1f} MB)")


if __name__ == "__main__":
    run(main, SETTINGS)
