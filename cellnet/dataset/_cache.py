"""DatasetCache: what programs pass as `cache`."""

from __future__ import annotations

from ._checks import INT64_MAX, check_bool, check_int


class DatasetCache:
    """Settings of a cache of rows; a hint, without effect on the rows.

    Args: session_id: int. size: MiB, 0 for no limit. spilling: may write to disk.
        hostname, port, num_connections, prefetch_size: of MindSpore's cache server,
            which is not used.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> DatasetCache(1, size=0).session_id
        1
    Differs: from MindSpore, no server is needed, and nothing is cached.
    References: mindspore.dataset.DatasetCache.
    """

    is_hint = True

    def __init__(
        self,
        session_id: int,
        size: int = 0,
        spilling: bool = False,
        hostname: str | None = None,
        port: int | None = None,
        num_connections: int | None = None,
        prefetch_size: int | None = None,
    ) -> None:
        self.session_id = check_int("DatasetCache", "session_id", session_id, 0)
        self.size = check_int("DatasetCache", "size", size, 0, INT64_MAX)
        self.spilling = check_bool("DatasetCache", "spilling", spilling)
        self.hostname = hostname
        self.port = port
        self.num_connections = num_connections
        self.prefetch_size = prefetch_size
