"""What is asked of a training run, beside its settings."""

import dataclasses

from exprgan_tf.config_motion import MOTION
from exprgan_tf.support.settings import setting
from exprgan_tf.training.cluster import STRATEGIES


@dataclasses.dataclass(frozen=True)
class TrainRequest:
    """Which stages are trained where, on which devices."""

    stage: str | None = setting(
        None,
        "1: controller learning, 2: image reconstruction, 3: image refining; "
        "motion: what edits photographs by moving them, beside the three; "
        "classifier: of expressions, for transfer (Fig. 4)",
        ("1", "2", "3", "all", MOTION, "classifier"), needed=True,
    )
    run_dir: str | None = setting(
        None, "folder of the run: settings, checkpoints, pictures",
        needed=True,
    )
    init_from: str | None = setting(
        None,
        "run folder or model that the stage starts from, instead of the stage "
        "before it in --run_dir; 'scratch': fresh weights; 'carried', for "
        "motion: the network that comes along",
    )
    strategy: str = setting(
        "auto",
        "auto: all GPUs of this machine; mirrored: the same, even for one; "
        "multi_worker: the machines that TF_CONFIG names, see "
        "docs/training.md", STRATEGIES,
    )
    worker_wait: float = setting(
        300.0,
        "seconds that --strategy=multi_worker waits for the other machines "
        "to start",
    )
    dry_run: bool = setting(False, "print the settings and end")

    @property
    def stages(self):
        """Numbers of stages; None for all of the model type."""
        return None if self.stage == "all" else (int(self.stage),)
