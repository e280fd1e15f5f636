"""What the package as a whole promises."""

import subprocess
import sys

import cellnet.dataset as ds


def test_every_public_name_exists():
    for module in (ds, ds.audio, ds.config, ds.text, ds.transforms, ds.vision):
        assert [n for n in module.__all__ if not hasattr(module, n)] == []


def test_every_public_name_has_a_docstring():
    for module in (ds, ds.audio, ds.config, ds.text, ds.transforms, ds.vision):
        for name in module.__all__:
            assert getattr(module, name).__doc__, f"{module.__name__}.{name}"


def test_no_jax_is_imported_by_the_package_itself():
    """The package's own modules, looked at without the one above it."""
    code = (
        "import sys, types\n"
        "above = types.ModuleType('cellnet'); above.__path__ = [sys.argv[1]]\n"
        "sys.modules['cellnet'] = above\n"
        "import cellnet.dataset\n"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('jax', 'flax', 'tensorflow', 'cv2', 'tensorflow_datasets')])"
    )
    root = ds.__path__[0].rsplit("/", 1)[0]
    run = subprocess.run(
        [sys.executable, "-c", code, root], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
