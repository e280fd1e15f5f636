"""Training: Model, callbacks, metrics, checkpoints, loss scale."""

from cellnet.train import callback, checkpoint, metrics
from cellnet.train.callback import (
    Callback,
    CallbackList,
    CallbackParam,
    CheckpointConfig,
    History,
    LambdaCallback,
    LossMonitor,
    ModelCheckpoint,
    RunContext,
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
from cellnet.train.loss_scale import (
    DynamicLossScaleManager,
    FixedLossScaleManager,
    LossScaleManager,
)
from cellnet.train.metrics import Accuracy, Loss, Metric
from cellnet.train.model import Model

__all__ = [
    "Accuracy",
    "Callback",
    "CallbackList",
    "CallbackParam",
    "CheckpointConfig",
    "DatasetHelper",
    "DynamicLossScaleManager",
    "FixedLossScaleManager",
    "History",
    "LambdaCallback",
    "Loss",
    "LossMonitor",
    "LossScaleManager",
    "Metric",
    "Model",
    "ModelCheckpoint",
    "RunContext",
    "TimeMonitor",
    "callback",
    "checkpoint",
    "connect_network_with_dataset",
    "data_sink",
    "load_checkpoint",
    "load_param_into_net",
    "metrics",
    "save_checkpoint",
]
