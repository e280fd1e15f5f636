"""The map of old names: which cellnet modules answer for a MindSpore module path.

Paths are relative to the package.  A module with a file of its own needs no entry; an
entry for it adds to what the file defines.
"""

from __future__ import annotations

import functools


def _below(parent: str, children: str, *sources: str) -> dict[str, tuple[str, ...]]:
    return {f"{parent}.{child}": sources for child in children.split()}


# One module under two names: the same object answers to both. Files only, no folders:
# Python would find what lies in a folder anew, under the second name.
SAME: dict[str, str] = {
    "_checkparam": "mindspore.checkparam",
    "_extends": "mindspore.decorators",
    "common.dtype": "dtype",
    "common.parameter": "parameter",
    "common.tensor": "tensor",
    "dataset.context": "dataset.config",
    "dataset.core.config": "dataset.config",
    "dataset.engine.config": "dataset.config",
    "dataset.engine.samplers": "dataset.samplers",
    "dataset.transforms.vision.c_transforms": "dataset.vision.c_transforms",
    "dataset.transforms.vision.py_transforms": "dataset.vision.py_transforms",
    "dataset.transforms.vision.utils": "dataset.vision.utils",
    "parallel._utils": "mindspore.parallel",
    "parallel.auto_parallel": "mindspore.auto_parallel",
}

# Module path -> the modules whose public names it shows, the first that has one wins.
MODULES: dict[str, tuple[str, ...]] = {
    "": ("train", "train.metrics", "train.callback", "dtype", "context"),
    "amp": ("train.amp",),
    "common": ("", "tensor", "parameter", "dtype", "common.initializer", "random"),
    "common.api": ("graph", ""),
    "common.generator": ("random",),
    "common.seed": ("random",),
    "common.sparse_tensor": ("",),
    "dataset.core": ("dataset",),
    "dataset.transforms.vision": ("dataset.vision",),
    "dataset.engine": ("dataset",),
    **_below(
        "dataset.engine",
        "datasets datasets_audio datasets_standard_format datasets_text "
        "datasets_user_defined datasets_vision graphdata iterators "
        "serializer_deserializer",
        "dataset",
    ),
    "dataset.text.transforms": ("dataset.text",),
    "dataset.text.utils": ("dataset.text",),
    "nn": ("train.metrics",),
    "nn.layer": ("nn",),
    **_below(
        "nn.layer",
        "activation basic channel_shuffle combined container conv dense embedding "
        "flash_attention image lstm math normalization padding pooling quant "
        "rnn_cells rnns timedistributed transformer",
        "nn",
    ),
    "nn.loss": ("nn",),
    "nn.loss.loss": ("nn.loss", "nn"),
    "nn.metrics": ("train.metrics",),
    **_below(
        "nn.metrics",
        "accuracy auc bleu_score confusion_matrix cosine_similarity dice error "
        "evaluation fbeta hausdorff_distance loss mean_surface_distance metric "
        "occlusion_sensitivity perplexity precision recall roc "
        "root_mean_square_surface_distance topk",
        "train.metrics",
    ),
    "nn.optim": ("nn",),
    **_below(
        "nn.optim",
        "ada_grad adadelta adafactor adagrad adam adamax adasum asgd ftrl lamb lars "
        "lazyadam momentum optimizer proximal_ada_grad rmsprop rprop sgd thor",
        "nn.optim",
        "nn",
    ),
    "nn.transformer": ("nn",),
    "nn.wrap": ("nn",),
    "nn.wrap.cell_wrapper": ("nn.wrap", "nn"),
    "nn.wrap.grad_reducer": ("nn.wrap", "nn"),
    "nn.wrap.loss_scale": ("nn.wrap", "nn"),
    **_below("numpy", "array_creations array_ops logic_ops math_ops utils", "numpy"),
    "ops.auto_generate": ("ops",),
    "ops.composite": ("ops", "graph"),
    **_below(
        "ops.composite",
        "array_ops base clip_ops math_ops random_ops",
        "ops",
        "graph",
    ),
    "ops.function": ("ops", "graph"),
    **_below(
        "ops.function",
        "array_func clip_func debug_func image_func linalg_func math_func nn_func "
        "other_func parameter_func random_func sparse_func spectral_func vmap_func",
        "ops",
    ),
    "ops.functional": ("ops", "graph"),
    "ops.functional_overload": ("ops",),
    "ops.operations": ("ops",),
    **_below(
        "ops.operations",
        "_grad_ops _inner_ops array_ops comm_ops control_ops custom_ops debug_ops "
        "image_ops inner_ops linalg_ops manually_defined math_ops nn_ops other_ops "
        "random_ops sparse_ops spectral_ops",
        "ops",
    ),
    "ops.primitive": ("ops",),
    "parallel": ("mindspore.parallel", "mindspore.layout"),
    "parallel.shard": ("mindspore.layout",),
    "parallel._auto_parallel_context": ("mindspore.parallel",),
    "parallel.nn": ("nn.wrap.micro_batches",),
    "profiler.profiler": ("profiler",),
    "profiler.profiling": ("profiler",),
    "train": ("train.metrics", "train.callback", "train.checkpoint"),
    **_below(
        "train.callback",
        "_backup_and_restore _callback _checkpoint _early_stop _history "
        "_lambda_callback _loss_monitor _lr_scheduler_callback _on_request_exit "
        "_reduce_lr_on_plateau _summary_collector _time_monitor",
        "train.callback",
    ),
    "train.data_sink": ("train",),
    "train.loss_scale_manager": ("train.loss_scale", "train"),
    "train.model": ("train",),
    "train.parallel_utils": ("context",),
    "train.serialization": ("train.checkpoint", "train"),
    "train.train_thor": ("train",),
    "utils": ("common._dlpack",),
    "utils.dlpack": ("common._dlpack",),
}

_JIT = {"ms_function": "graph:jit"}
_PARALLEL_MODE = {"ParallelMode": "context:ParallelMode"}
_THOR = {"ConvertModelUtils": "mindspore.decorators:ConvertModelUtils"}
_OLD_DATASETS = {
    "TextBaseDataset": "dataset:Dataset",
    "ImageFolderDatasetV2": "dataset:ImageFolderDataset",
    "TFRecordDatasetV2": "dataset:TFRecordDataset",
}
_PYTHONS_TYPES = {
    "bool": "dtype:bool_",
    "cdouble": "dtype:complex128",
    "cfloat": "dtype:complex64",
    "float": "dtype:float32",
    "int": "dtype:int32",
    "long": "dtype:int64",
}


def _from(source: str, *lines: str) -> dict[str, str]:
    return {name: f"{source}:{name}" for line in lines for name in line.split()}


# Functions of `ops` that are defined once, beside MindSpore's other names for them.
_OPS = {
    **_from(
        "mint",
        "addbmm addmm addmv arccos arccosh arcsin arcsinh arctan arctan2 arctanh",
        "baddbmm cdist cross divide dstack exp2 float_power frac gcd histc imag",
        "isneginf logaddexp logaddexp2 mv narrow polar randint_like real sinc trace",
        "unique_consecutive xlogy",
    ),
    **_from(
        "mint.nn.functional",
        "cosine_embedding_loss glu hardshrink soft_margin_loss softshrink",
    ),
    **_from(
        "numpy",
        "argwhere column_stack copysign deg2rad diagflat fliplr flipud heaviside",
        "hsplit hypot inner isposinf kron lcm matrix_power nanmean positive rad2deg",
        "signbit trapz vander",
    ),
}


def _suffixed(suffix: str, source: str, words: str) -> dict[str, str]:
    return {f"{name}{suffix}": f"{source}:{name}" for name in words.split()}


# What MindSpore defines mint's functions as; examples of its pages use these names.
_EXTENDED = {
    **_suffixed("_ext", "mint", "amax amin diff float_power gather isnan rand randint"),
    **_suffixed("_ext", "mint", "randn"),
    **_suffixed("_ext", "mint.nn.functional", "glu nll_loss softmax"),
    **_suffixed("_view", "mint", "broadcast_to chunk narrow split unsqueeze"),
    **_suffixed("_ext_view", "mint", "select transpose"),
}

# Module path -> {name: "module:name"} for names that changed, moved, or are private.
NAMES: dict[str, dict[str, str]] = {
    "": {
        **_JIT,
        **_from("train.checkpoint", "load_checkpoint_async merge_sliced_parameter"),
        **_PARALLEL_MODE,
        **_PYTHONS_TYPES,
        **_THOR,
        "Profiler": "profiler:Profiler",
        "constexpr": "ops:constexpr",
        "from_numpy": "tensor:from_numpy",
        "get_level": "log:get_level",
        "get_ps_context": "mindspore.parallel:get_ps_context",
        "default_generator": "random:default_generator",
        "get_log_config": "log:get_log_config",
        "lazy_inline": "mindspore.decorators:lazy_inline",
        "reset_ps_context": "mindspore.parallel:reset_ps_context",
        "set_ps_context": "mindspore.parallel:set_ps_context",
    },
    "common": _JIT,
    "common.api": _JIT,
    "common.dtype": _PYTHONS_TYPES,
    "dtype": _PYTHONS_TYPES,
    "context": {
        "reset_ps_context": "mindspore.parallel:reset_ps_context",
        "get_ps_context": "mindspore.parallel:get_ps_context",
        "set_ps_context": "mindspore.parallel:set_ps_context",
    },
    "dataset": _OLD_DATASETS,
    "dataset.engine": _OLD_DATASETS,
    "dataset.engine.datasets": _OLD_DATASETS,
    "nn.layer.activation": {"PReLUExt": "mint.nn:PReLU"},
    "ops": {**_OPS, "diff_ext": "mint:diff"},
    "ops.auto_generate": _EXTENDED,
    "ops.function.array_func": _EXTENDED,
    "ops.function.math_func": _EXTENDED,
    "ops.function.nn_func": _EXTENDED,
    "ops.function.random_func": _EXTENDED,
    "ops.functional_overload": {"any": "mint:any"},
    "nn.loss.loss": {"_Loss": "nn:LossBase"},
    "nn.optim.optimizer": {
        "opt_init_args_register": "mindspore.decorators:opt_init_args_register",
    },
    "nn.wrap.cell_wrapper": {
        "_VirtualDatasetCell": "mindspore.decorators:virtual_dataset_cell",
        "VirtualDatasetCellTriple": "mindspore.decorators:virtual_dataset_cell",
    },
    "parallel.nn": {
        "GradAccumulation": "nn:GradAccumulationCell",
        "Pipeline": "nn:PipelineCell",
    },
    "train": {**_PARALLEL_MODE, **_THOR},
    "train.callback": {"_CallbackManager": "train.callback:CallbackList"},
    "train.model": _PARALLEL_MODE,
    "train.train_thor": _THOR,
    "train.serialization": {
        "Parameter": "parameter:Parameter",
        "Tensor": "tensor:Tensor",
        "context": "context",
    },
}


@functools.cache
def extended() -> frozenset[str]:
    """Paths of the modules that show more than their files define."""
    parents = {path.rpartition(".")[0] for path in MODULES}
    return frozenset({*MODULES, *NAMES, *parents})
