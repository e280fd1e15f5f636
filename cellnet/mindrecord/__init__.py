"""MindSpore's own file format for data (mindspore.mindrecord)."""

from ._file_reader import FileReader
from ._file_writer import FileWriter

__all__ = ["FileReader", "FileWriter"]
