"""``cellnet doctor``: what is installed, how fast the machine is, what is slow."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

PACKAGES = ("cellnet", "jax", "jaxlib", "flax", "optax", "numpy")
# side of the square matrices: large enough to fill the device, a second at most
MATRIX_SIDE = {"cpu": 1024}
MATRIX_SIDE_ACCELERATOR = 4096
REPEATS = 5
TRAIN_STEPS = 20
LOW_MEMORY_GIB = 2.0
GIB = 2**30
LABEL_WIDTH = 10


def doctor() -> int:
    """Print the report; 0 if everything that was tried works, else 1."""
    broken = 0
    for title, lines in _SECTIONS.items():
        try:
            for number, line in enumerate(lines()):
                label = "" if number else title
                print(f"{label:{LABEL_WIDTH}}{line}", flush=True)
        except Exception as error:  # whatever fails, the other sections are wanted
            broken += 1
            print(f"{title:{LABEL_WIDTH}}FAILED: {type(error).__name__}: {error}")
    print("all works" if not broken else f"{broken} of {len(_SECTIONS)} checks failed")
    return int(broken > 0)


def versions() -> Iterator[str]:
    """Python and the packages that count."""
    yield f"python {platform.python_version()}, {platform.platform()}"
    yield ", ".join(f"{name} {_version(name)}" for name in PACKAGES)


def machine() -> Iterator[str]:
    """Cores and memory that this process may use."""
    yield f"{usable_cores():g} of {os.cpu_count()} logical cores usable"
    total, free = memory_gib()
    yield f"{total:.1f} GiB memory, {free:.1f} GiB free"


def devices() -> Iterator[str]:
    """Each device with the speed of a float32 matrix product on it.

    Raises:
        RuntimeError: a device computes wrongly.
    """
    for device in all_devices():
        speed = matmul_gflops(device)
        stats = device.memory_stats() or {}
        limit = stats.get("bytes_limit")
        memory = f", {limit / GIB:.1f} GiB" if limit else ""
        yield f"{device} ({device.device_kind}{memory}): {speed:,.0f} GFLOP/s float32"


def training() -> Iterator[str]:
    """A small network trained for a few steps; its loss has to go down.

    Raises:
        RuntimeError: it does not.
    """
    first, last, step_ms = train_mlp()
    if not last < first:
        raise RuntimeError(f"the loss went from {first:.4f} to {last:.4f}")
    yield (
        f"{TRAIN_STEPS} steps of an MLP: loss {first:.4f} to {last:.4f}, "
        f"{step_ms:.2f} ms a step"
    )


def data() -> Iterator[str]:
    """Where Fashion-MNIST is; nothing is fetched."""
    from cellnet.dataset import fashion

    # find_fashion_mnist would go on to download: here is only where it looks first
    folders = [*fashion._machine_folders(), *fashion.SUBSET_FOLDERS]
    found = [folder for folder in folders if fashion._complete(folder)]
    if not found:
        yield "Fashion-MNIST: none on this machine; it is fetched when first asked for"
    elif found[0] in fashion.SUBSET_FOLDERS:
        yield f"Fashion-MNIST: the subset that ships, in {found[0]}"
    else:
        yield f"Fashion-MNIST: all of it, in {found[0]}"


def slow() -> Iterator[str]:
    """What makes programs slower here than they could be, and what to do."""
    findings = [*_accelerators_unused(), *_processor(), *_switches()]
    yield from findings or ["nothing found"]


def all_devices() -> list[jax.Device]:
    """The default backend's devices, then the CPU's."""
    found = jax.local_devices()
    if jax.default_backend() != "cpu":
        found = [*found, *jax.local_devices(backend="cpu")]
    return found


def matmul_gflops(device: jax.Device) -> float:
    """Speed of a square float32 matrix product, best of a few.

    Raises:
        RuntimeError: the product is wrong.
    """
    side = MATRIX_SIDE.get(device.platform, MATRIX_SIDE_ACCELERATOR)
    host = np.random.default_rng(0).standard_normal((side, side), np.float32)
    a = jax.device_put(host, device)
    product = jax.jit(jnp.matmul)
    row = np.asarray(product(a, a)[0])  # compiles too
    if not np.allclose(row, host[0] @ host, rtol=0.05, atol=0.5):  # tf32 is fine
        raise RuntimeError(f"{device} gives a wrong matrix product")
    best = min(_seconds(lambda: product(a, a)) for _ in range(REPEATS))
    return 2 * side**3 / best / 1e9


def train_mlp() -> tuple[float, float, float]:
    """First loss, last loss, milliseconds a step (the compiling step aside)."""
    from cellnet import Tensor, nn

    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((64, 16)).astype(np.float32))
    labels = Tensor(rng.integers(0, 4, 64).astype(np.int32))
    network = nn.SequentialCell(nn.Dense(16, 32), nn.ReLU(), nn.Dense(32, 4))
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = nn.Momentum(network.trainable_params(), 0.1, 0.9)
    step = nn.TrainOneStepCell(nn.WithLossCell(network, loss), optimizer)
    step.set_train()
    first = float(step(x, labels).asnumpy())
    start = time.perf_counter()
    losses = [step(x, labels) for _ in range(TRAIN_STEPS - 1)]
    last = float(losses[-1].asnumpy())
    return first, last, (time.perf_counter() - start) * 1e3 / len(losses)


def usable_cores() -> float:
    """Cores that affinity and the control group leave to this process."""
    cores = float(len(os.sched_getaffinity(0)))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return min(cores, int(quota) / int(period))
    except (OSError, ValueError):  # no control group, or "max": no quota
        return cores


def memory_gib() -> tuple[float, float]:
    """Total and free memory of the machine in GiB."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = os.sysconf("SC_PHYS_PAGES") * page
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return total / GIB, int(line.split()[1]) * 1024 / GIB
    return total / GIB, os.sysconf("SC_AVPHYS_PAGES") * page / GIB


def _accelerators_unused() -> Iterator[str]:
    if jax.default_backend() != "cpu":
        return
    gpus = _nvidia_gpus()
    if gpus:
        yield (
            f"nvidia-smi shows {gpus[0]}, but JAX has only the CPU: "
            'pip install "jax[cuda12]" (and leave JAX_PLATFORMS unset)'
        )
    if Path("/dev/accel0").exists():
        yield 'a TPU may be here, but JAX has only the CPU: pip install "jax[tpu]"'


def _processor() -> Iterator[str]:
    usable, logical = usable_cores(), os.cpu_count() or 1
    if usable < logical:
        yield (
            f"{usable:g} of {logical} cores are usable: affinity or a container's "
            "quota keeps the rest"
        )
    load = os.getloadavg()[0]
    if load > usable:
        yield f"load is {load:.1f} on {usable:g} cores: other programs take their share"
    free = memory_gib()[1]
    if free < LOW_MEMORY_GIB:
        yield f"{free:.1f} GiB of memory is free: data sets are staged in smaller parts"


def _switches() -> Iterator[str]:
    config = jax.config
    if config.jax_enable_x64:
        yield "jax_enable_x64 is on: 64-bit values cost twice, on a GPU much more"
    for flag in ("jax_disable_jit", "jax_debug_nans", "jax_debug_infs"):
        if getattr(config, flag):
            yield f"{flag} is on: nothing runs as one program; unset {flag.upper()}"


def _nvidia_gpus() -> list[str]:
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        shown = subprocess.run(
            [command, "--list-gpus"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return shown.stdout.splitlines() if shown.returncode == 0 else []


def _seconds(compute: Callable[[], jax.Array]) -> float:
    start = time.perf_counter()
    compute().block_until_ready()
    return time.perf_counter() - start


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a checkout that is not installed, at best
        return getattr(sys.modules.get(name), "__version__", "not installed")


_SECTIONS: dict[str, Callable[[], Iterator[str]]] = {
    "versions": versions,
    "machine": machine,
    "devices": devices,
    "training": training,
    "data": data,
    "slow": slow,
}
