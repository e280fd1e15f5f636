"""MindSpore's own file format for data (mindspore.mindrecord)."""

from ._file_reader import FileReader
from ._file_writer import FileWriter
from ._from_records import Cifar10ToMR, Cifar100ToMR, TFRecordToMR
from ._from_text import CsvToMR, ImageNetToMR

__all__ = [
    "Cifar100ToMR",
    "Cifar10ToMR",
    "CsvToMR",
    "FileReader",
    "FileWriter",
    "ImageNetToMR",
    "TFRecordToMR",
]
