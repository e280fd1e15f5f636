"""One training step on a GPU: cellnet, bare JAX, and PyTorch in three ways.

    python benchmarks/gpu.py [--quick] [--nets lenet5] [--ways cellnet-sunk,torch-graph]

As run.py, whose options it takes, on the networks and ways that count there; peak
memory is the host's. cellnet and JAX need ``jax[cuda13]`` or ``jax[cuda12]``, PyTorch
its CUDA build. ``--device cpu`` tries the program where there is no GPU.
"""

from __future__ import annotations

from dataclasses import replace

from report import RESULTS
from run import FULL, parser, run

NETS = ("lenet5", "resnet18", "transformer")
WAYS = (
    *("cellnet-sunk", "cellnet-unsunk", "jax-step", "jax-scan"),
    *("torch", "torch-compile", "torch-graph"),
)
DATA_BYTES = 1_000_000_000  # a step is short: more of them to a second
PRECISION = {"cpu": "float32", "gpu": "float32 with TF32 products"}


def main() -> int:
    """Measure on the GPU."""
    assert __doc__ is not None
    command = parser(__doc__, NETS, RESULTS / "gpu")
    command.add_argument("--device", choices=("gpu", "cpu"), default="gpu")
    command.set_defaults(ways=list(WAYS))
    args = command.parse_args()
    effort = replace(FULL, data_bytes=DATA_BYTES)
    if args.device == "cpu":
        args.usual_out = args.usual_out.with_name("gpu-program-on-cpu")
    title = f"One training step, {PRECISION[args.device]}, on {args.device.upper()}"
    return run(args, title, args.device, effort)


if __name__ == "__main__":
    raise SystemExit(main())
