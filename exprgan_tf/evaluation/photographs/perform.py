"""An evaluation of photographs from beginning to end."""

import pathlib

from exprgan_tf.config_motion import MOTION
from exprgan_tf.data.records import Dataset
from exprgan_tf.evaluation.names import column_names
from exprgan_tf.evaluation.photographs.columns import measure_photographs
from exprgan_tf.evaluation.photographs.judging import answers, jury
from exprgan_tf.evaluation.photographs.lending import lend
from exprgan_tf.evaluation.photographs.methods import (
    Method,
    asked_methods,
    common_expressions,
)
from exprgan_tf.evaluation.photographs.pictures import KeptPictures
from exprgan_tf.evaluation.photographs.report import (
    as_text,
    write_photographs_report,
)
from exprgan_tf.evaluation.report import require_writable
from exprgan_tf.evaluation.request import ANIMATE, DECODER
from exprgan_tf.model import ExprGAN
from exprgan_tf.model_files.heads import CARRIED_MODEL
from exprgan_tf.motion_model import MotionModel
from exprgan_tf.pictures.listing import list_images
from exprgan_tf.support.places import require_apart
from exprgan_tf.training.classifier import ExpressionClassifier


def evaluate_photographs(request):
    """Edits photographs, judges them, writes the report and prints it.

    Args:
        request: an `EvaluationRequest` with photographs.

    Raises:
        UserError: when a model, the judges' data or all photographs cannot
            be used.
    """
    output = pathlib.Path(request.output)
    # Pictures of pictures would be edited the next time.
    require_apart(output, {"photos": request.photos}, inside=True, above=True)
    require_apart(output, {"judge_data": request.judge_data}, above=True)
    for flag in ("model", "motion_model", "judge_model"):
        given = getattr(request, flag)
        for path in (given,) if isinstance(given, str) else given or ():
            require_apart(output, {flag: path}, inside=True, above=True)
    require_writable(output)
    files = list_images(request.photos)
    dataset = request.judge_data and Dataset.open(
        request.judge_data, "judge_data"
    )
    classifier = request.judge_model and ExpressionClassifier.load(
        request.judge_model
    )
    methods = _methods(request)
    expressions = common_expressions(methods, answers(dataset, classifier))
    kept = None
    if request.keep_pictures:
        kept = KeptPictures(
            output, files, [method.name for method in methods], expressions
        )
    judges = jury(
        dataset, classifier, pathlib.Path(request.judges or output)
    )
    lent = dataset and lend(
        dataset, judges.expression, ExprGAN.load(_decoder_paths(request)[0])
    )
    columns = measure_photographs(
        files, [*methods, Method.copy(expressions)], judges, expressions,
        kept and kept.keep, lent,
    )
    if request.edits_csv:
        kept.write_tables()
    write_photographs_report(columns, judges, expressions, lent, output)
    print(as_text(columns, judges, output))


def _methods(request):
    """The `Method`s of a request, in its order."""
    made = []
    for name in asked_methods(request):
        if name == MOTION:
            made.append(Method.motion(MotionModel.load(request.motion_model)))
        elif name == ANIMATE:
            made.append(Method.animate())
        else:
            made += _decoders(request)
    return made


def _decoders(request):
    paths = _decoder_paths(request)
    names = column_names(paths) if len(paths) > 1 else [DECODER]
    return [
        Method.decoder(name, ExprGAN.load(path), request.refine)
        for name, path in zip(names, paths, strict=True)
    ]


def _decoder_paths(request):
    return request.model or (str(CARRIED_MODEL),)
