"""Callback, CallbackList, RunContext and CallbackParam."""

import pytest

from cellnet.train.callback import (
    Callback,
    CallbackList,
    CallbackParam,
    LambdaCallback,
    RunContext,
)

STAGES = ["begin", "epoch_begin", "step_begin", "step_end", "epoch_end", "end"]
HOOKS = [f"on_{mode}_{stage}" for mode in ("train", "eval") for stage in STAGES]


class Recorder(Callback):
    """Notes which of the plain hooks ran, and being entered and left."""

    def __init__(self, name, log):
        self.name, self.log = name, log
        for stage in STAGES:
            setattr(self, stage, lambda _, stage=stage: log.append((name, stage)))

    def __enter__(self):
        self.log.append((self.name, "enter"))
        return self

    def __exit__(self, *error):
        self.log.append((self.name, error[0]))


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_of_a_mode_runs_the_plain_one_of_each_callback_in_order(hook):
    log = []
    callbacks = CallbackList([Recorder("a", log), Recorder("b", log)])
    getattr(callbacks, hook)(RunContext({}))
    stage = hook.split("_", 2)[2]
    assert log == [("a", stage), ("b", stage)]


@pytest.mark.parametrize("hook", STAGES)
def test_plain_hooks_of_a_list_run_too(hook):
    log = []
    getattr(CallbackList(Recorder("a", log)), hook)(RunContext({}))
    assert log == [("a", hook)]


def test_callbacks_are_left_in_reverse_order_with_the_error():
    log = []
    callbacks = CallbackList([Recorder("a", log), Recorder("b", log)])
    with pytest.raises(ZeroDivisionError), callbacks:
        raise ZeroDivisionError
    assert log == [
        ("a", "enter"),
        ("b", "enter"),
        ("b", ZeroDivisionError),
        ("a", ZeroDivisionError),
    ]


def test_those_entered_are_left_when_the_next_cannot_be():
    class Broken(Callback):
        def __enter__(self):
            raise OSError("no disk")

    log = []
    with pytest.raises(OSError, match="no disk"):
        CallbackList([Recorder("a", log), Broken()]).__enter__()
    assert log == [("a", "enter"), ("a", OSError)]


@pytest.mark.parametrize("value", [3, [3], Recorder, [Callback(), "a"]])
def test_what_is_no_callback_is_refused(value):
    with pytest.raises(TypeError, match="expected a Callback or a list"):
        CallbackList(value)


def test_a_list_takes_none_one_or_several():
    one = Callback()
    assert list(CallbackList(None)) == []
    assert list(CallbackList(one)) == [one]
    assert len(CallbackList((one, Callback()))) == 2


def test_fields_are_entries_and_attributes():
    params = CallbackParam(cur_step_num=3)
    params.net_outputs = 0.5
    params["batch_num"] = 7
    assert dict(params) == {"cur_step_num": 3, "net_outputs": 0.5, "batch_num": 7}
    assert params.batch_num == 7
    del params.batch_num
    assert params.get("batch_num") is None


def test_a_missing_field_is_both_errors_and_is_named():
    params = CallbackParam(batch_num=7)
    with pytest.raises(KeyError, match="'loss'.*there are batch_num"):
        params.loss  # noqa: B018
    assert getattr(params, "loss", None) is None
    assert not hasattr(params, "loss")
    with pytest.raises(AttributeError):
        del params.loss


def test_a_run_context_gives_the_fields_and_takes_the_stop():
    params = CallbackParam()
    context = RunContext(params)
    assert context.original_args() is params
    assert context.get_stop_requested() is False
    context.request_stop()
    assert context.get_stop_requested() is True
    with pytest.raises(TypeError, match="must be a dict, got int"):
        RunContext(3)


@pytest.mark.parametrize("hook", HOOKS)
def test_lambda_callback_runs_the_function_of_that_hook_only(hook):
    log = []
    callback = LambdaCallback(**{hook: log.append})
    context = RunContext({})
    for name in HOOKS:
        getattr(callback, name)(context)
    assert log == [context]


def test_lambda_callback_refuses_what_cannot_be_called():
    with pytest.raises(TypeError, match="on_train_end must be a function.*got int"):
        LambdaCallback(on_train_end=3)
