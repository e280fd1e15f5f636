"""``python -m cellnet`` is the command ``cellnet``."""

import sys

from cellnet.cli import main

sys.exit(main())
