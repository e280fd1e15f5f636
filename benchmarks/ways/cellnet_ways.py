"""cellnet: the very programs that run on MindSpore."""

from cellnet.mindspore import install

install()

from ways.mindspore_ways import start  # noqa: E402

__all__ = ["start"]
