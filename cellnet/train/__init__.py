"""Training: Model, callbacks, metrics, checkpoints, loss scale."""

from cellnet.train import amp, callback, checkpoint, metrics, summary
from cellnet.train.amp import build_train_network
from cellnet.train.callback import (
    BackupAndRestore,
    BestCheckpoint,
    Callback,
    CallbackList,
    CallbackParam,
    CheckpointConfig,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    LossMonitor,
    ModelCheckpoint,
    OnRequestExit,
    ProfileSteps,
    ProgressBar,
    ReduceLROnPlateau,
    RunContext,
    StepReport,
    SummaryCollector,
    TensorBoard,
    TerminateOnNaN,
    TimeMonitor,
)
from cellnet.train.checkpoint import (
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)
from cellnet.train.dataset_helper import (
    DatasetHelper,
    connect_network_with_dataset,
    data_sink,
)
from cellnet.train.export import export, load
from cellnet.train.loss_scale import (
    DynamicLossScaleManager,
    FixedLossScaleManager,
    LossScaleManager,
)
from cellnet.train.metrics import Accuracy, Loss, Metric
from cellnet.train.model import Model
from cellnet.train.summary import SummaryRecord

__all__ = [
    "Accuracy",
    "BackupAndRestore",
    "BestCheckpoint",
    "Callback",
    "CallbackList",
    "CallbackParam",
    "CheckpointConfig",
    "DatasetHelper",
    "DynamicLossScaleManager",
    "EarlyStopping",
    "FixedLossScaleManager",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "Loss",
    "LossMonitor",
    "LossScaleManager",
    "Metric",
    "Model",
    "ModelCheckpoint",
    "OnRequestExit",
    "ProfileSteps",
    "ProgressBar",
    "ReduceLROnPlateau",
    "RunContext",
    "StepReport",
    "SummaryCollector",
    "SummaryRecord",
    "TensorBoard",
    "TerminateOnNaN",
    "TimeMonitor",
    "amp",
    "build_train_network",
    "callback",
    "checkpoint",
    "connect_network_with_dataset",
    "data_sink",
    "export",
    "load",
    "load_checkpoint",
    "load_param_into_net",
    "metrics",
    "save_checkpoint",
    "summary",
]
