"""cellnet: MindSpore's Cell and Model on JAX.

    import cellnet as ms
    import cellnet.dataset as ds
    from cellnet import Model, Tensor, nn, ops

A network is a Cell; a training step compiles to one XLA program, and with
``dataset_sink_mode=True`` a whole epoch does.
"""

from cellnet import (
    boost,
    common,
    communication,
    context,
    dataset,
    dtype,
    graph,
    log,
    mint,
    nn,
    numpy,
    ops,
    profiler,
    random,
    runtime,
    train,
    view,
)
from cellnet.common import ParameterTuple
from cellnet.common._compiling import (
    JitConfig,
    is_tensor,
    jit_class,
    manual_seed,
    mutable,
)
from cellnet.common._dlpack import from_dlpack, to_dlpack
from cellnet.common._run_check import run_check
from cellnet.common._sparse import COOTensor, RowTensor
from cellnet.common.initializer import initializer
from cellnet.context import (
    GRAPH_MODE,
    LAX,
    PYNATIVE_MODE,
    STRICT,
    ParallelMode,
    get_auto_parallel_context,
    get_context,
    reset_auto_parallel_context,
    set_auto_parallel_context,
    set_context,
    set_deterministic,
    set_device,
)
from cellnet.dtype import (
    bfloat16,
    bool_,
    byte,
    complex64,
    complex128,
    double,
    dtype_to_nptype,
    dtype_to_pytype,
    float16,
    float32,
    float64,
    get_py_obj_dtype,
    half,
    int8,
    int16,
    int32,
    int64,
    intc,
    intp,
    issubclass_,
    number,
    pytype_to_dtype,
    short,
    single,
    string,
    tensor_type,
    type_none,
    ubyte,
    uint8,
    uint16,
    uint32,
    uint64,
    uintc,
    uintp,
    ushort,
)
from cellnet.graph import (
    get_grad,
    grad,
    jacfwd,
    jacrev,
    jit,
    jvp,
    value_and_grad,
    vjp,
    vmap,
)
from cellnet.graph.cache import use_cache
from cellnet.mindspore import serve_old_names
from cellnet.nn._recompute import recompute
from cellnet.parameter import Parameter
from cellnet.random import get_seed, set_seed
from cellnet.sink import device_part
from cellnet.tensor import Tensor, tensor
from cellnet.train import (
    DatasetHelper,
    Model,
    connect_network_with_dataset,
    data_sink,
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)
from cellnet.train.checkpoint import async_ckpt_thread_status
from cellnet.view import draw, summary

__version__ = "0.1.0"

log.setup()
use_cache()
serve_old_names()
# the data package knows no jax; its iterators make Tensors through this
dataset._tensor_hook = Tensor
dataset._device_hook = device_part

__all__ = [
    "__version__",
    "async_ckpt_thread_status",
    "bfloat16",
    "bool_",
    "boost",
    "byte",
    "common",
    "communication",
    "complex128",
    "complex64",
    "connect_network_with_dataset",
    "context",
    "COOTensor",
    "data_sink",
    "dataset",
    "DatasetHelper",
    "double",
    "draw",
    "dtype",
    "dtype_to_nptype",
    "dtype_to_pytype",
    "float16",
    "float32",
    "float64",
    "from_dlpack",
    "get_auto_parallel_context",
    "get_context",
    "get_grad",
    "get_py_obj_dtype",
    "get_seed",
    "grad",
    "graph",
    "GRAPH_MODE",
    "half",
    "initializer",
    "int16",
    "int32",
    "int64",
    "int8",
    "intc",
    "intp",
    "is_tensor",
    "issubclass_",
    "jacfwd",
    "jacrev",
    "jit",
    "jit_class",
    "JitConfig",
    "jvp",
    "LAX",
    "load_checkpoint",
    "load_param_into_net",
    "log",
    "manual_seed",
    "mint",
    "Model",
    "mutable",
    "nn",
    "number",
    "numpy",
    "ops",
    "ParallelMode",
    "Parameter",
    "ParameterTuple",
    "profiler",
    "PYNATIVE_MODE",
    "pytype_to_dtype",
    "random",
    "recompute",
    "reset_auto_parallel_context",
    "RowTensor",
    "run_check",
    "runtime",
    "save_checkpoint",
    "set_auto_parallel_context",
    "set_context",
    "set_deterministic",
    "set_device",
    "set_seed",
    "short",
    "single",
    "STRICT",
    "string",
    "summary",
    "tensor",
    "Tensor",
    "tensor_type",
    "to_dlpack",
    "train",
    "type_none",
    "ubyte",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintc",
    "uintp",
    "ushort",
    "value_and_grad",
    "view",
    "vjp",
    "vmap",
]
