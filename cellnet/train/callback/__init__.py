"""What runs beside training and evaluation: printing, timing, saving."""

from cellnet.train.callback._backup import BackupAndRestore
from cellnet.train.callback._best_checkpoint import BestCheckpoint
from cellnet.train.callback._callback import Callback, CallbackList
from cellnet.train.callback._checkpoint_config import CheckpointConfig
from cellnet.train.callback._early_stopping import EarlyStopping
from cellnet.train.callback._history import History
from cellnet.train.callback._lambda_callback import LambdaCallback
from cellnet.train.callback._learning_rate import (
    LearningRateScheduler,
    ReduceLROnPlateau,
)
from cellnet.train.callback._loss_monitor import LossMonitor
from cellnet.train.callback._model_checkpoint import ModelCheckpoint
from cellnet.train.callback._nan_report import NonFiniteError
from cellnet.train.callback._on_request_exit import OnRequestExit
from cellnet.train.callback._profile_steps import ProfileSteps
from cellnet.train.callback._progress_bar import ProgressBar
from cellnet.train.callback._run_context import CallbackParam, RunContext
from cellnet.train.callback._step_report import StepReport
from cellnet.train.callback._summary_collector import SummaryCollector
from cellnet.train.callback._tensorboard import TensorBoard
from cellnet.train.callback._terminate_on_nan import TerminateOnNaN
from cellnet.train.callback._time_monitor import TimeMonitor

# what MindSpore calls it, 1.x and 2.x
InternalCallbackParam = _InternalCallbackParam = CallbackParam

__all__ = [
    "BackupAndRestore",
    "BestCheckpoint",
    "Callback",
    "CallbackList",
    "CallbackParam",
    "CheckpointConfig",
    "EarlyStopping",
    "History",
    "InternalCallbackParam",
    "LambdaCallback",
    "LearningRateScheduler",
    "LossMonitor",
    "ModelCheckpoint",
    "NonFiniteError",
    "OnRequestExit",
    "ProfileSteps",
    "ProgressBar",
    "ReduceLROnPlateau",
    "RunContext",
    "StepReport",
    "SummaryCollector",
    "TensorBoard",
    "TerminateOnNaN",
    "TimeMonitor",
    "_InternalCallbackParam",
]
