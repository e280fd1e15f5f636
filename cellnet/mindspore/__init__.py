"""MindSpore's module names, old and new, for cellnet's one implementation.

Two finders on ``sys.meta_path``:

- ``serve_old_names()``, called by ``import cellnet``, lets spellings that have no file
  of their own resolve below cellnet: ``cellnet.train.serialization``,
  ``cellnet.ops.operations``.  The map is in names.py.
- ``install()``, called by ``cellnet run`` and by nobody else, makes ``mindspore`` and
  every ``mindspore.x.y`` the cellnet module of the same path, the very same object.

A name that cellnet lacks can then be imported; using it raises (missing.py).
"""

from cellnet.mindspore.finder import install, serve_old_names, uninstall
from cellnet.mindspore.missing import MissingNameError

__all__ = ["MissingNameError", "install", "serve_old_names", "uninstall"]
