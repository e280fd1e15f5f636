"""Logging: shown once, by whoever was asked to show it."""

import logging

import pytest

from cellnet import log

LIBRARY = logging.getLogger("cellnet")
PROGRAM = logging.getLogger("cellnet.program")


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """The two loggers as at the first import, and the environment without a word."""
    kept = [(each, each.level, each.handlers[:]) for each in (LIBRARY, PROGRAM)]
    for logger, _, _ in kept:
        logger.setLevel(logging.NOTSET)
        logger.handlers.clear()
    monkeypatch.delenv("GLOG_v", raising=False)
    monkeypatch.delenv("CELLNET_LOG", raising=False)
    yield
    for logger, level, handlers in kept:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def test_by_default_cellnet_tells_and_the_programs_info_is_held_back(
    capsys, monkeypatch
):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a plain script
    log.setup()
    log.setup()
    LIBRARY.info("sunk")
    log.info("chatter")
    log.warning("careful, %s", "you")
    assert capsys.readouterr().err == (
        "[INFO] cellnet: sunk\n[WARNING] cellnet.program: careful, you\n"
    )
    assert log.get_level() == "2"


@pytest.mark.parametrize(
    ("variable", "value", "library", "program"),
    [
        ("CELLNET_LOG", "error", logging.ERROR, logging.WARNING),
        ("CELLNET_LOG", "off", logging.CRITICAL + 1, logging.WARNING),
        ("CELLNET_LOG", "nonsense", logging.INFO, logging.WARNING),
        ("GLOG_v", "0", logging.DEBUG, logging.DEBUG),
        ("GLOG_v", "3", logging.ERROR, logging.ERROR),
        ("GLOG_v", "x", logging.INFO, logging.WARNING),
    ],
)
def test_environment(monkeypatch, variable, value, library, program):
    monkeypatch.setenv(variable, value)
    log.setup()
    assert (LIBRARY.level, PROGRAM.level) == (library, program)


def test_cellnet_log_goes_before_glog(monkeypatch):
    monkeypatch.setenv("GLOG_v", "0")
    monkeypatch.setenv("CELLNET_LOG", "warning")
    log.setup()
    assert (LIBRARY.level, PROGRAM.level) == (logging.WARNING, logging.DEBUG)


def test_a_root_handler_gets_each_line_once_and_stderr_none(capsys, caplog):
    log.setup()
    LIBRARY.info("sunk")
    assert [record.getMessage() for record in caplog.records] == ["sunk"]
    assert capsys.readouterr().err == ""


def test_what_the_program_configured_is_left_alone():
    LIBRARY.setLevel(logging.ERROR)
    log.setup()
    assert LIBRARY.level == logging.ERROR
    assert LIBRARY.handlers == []


@pytest.mark.parametrize(
    ("function", "level"),
    [
        (log.debug, "DEBUG"),
        (log.info, "INFO"),
        (log.warning, "WARNING"),
        (log.error, "ERROR"),
        (log.critical, "CRITICAL"),
    ],
)
def test_functions_log_at_their_level_and_name_the_callers_line(
    caplog, function, level
):
    log.set_level(0)
    function("%d of %d", 1, 2)
    record = caplog.records[-1]
    assert (record.levelname, record.getMessage()) == (level, "1 of 2")
    assert record.filename == "test_log.py"


def test_set_level_and_get_level():
    log.set_level("3")
    assert log.get_level() == "3"
    assert log.get_log_config()["GLOG_v"] == "3"
    with pytest.raises(ValueError, match="0 to 4, got 5"):
        log.set_level(5)
