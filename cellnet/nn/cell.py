"""Cell: the unit of networks, losses, optimizers and training steps.

A Cell holds Parameters and child Cells, names them by their path, and runs
``construct``.  Called from Python in GRAPH_MODE it is compiled once per signature;
called inside another Cell that is being traced it is a plain call.
"""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from cellnet import _frame, context
from cellnet import dtype as mstype
from cellnet.graph import control
from cellnet.graph.compile import Compiled, any_tracer, signature
from cellnet.graph.guards import Watched
from cellnet.graph.recompute import recomputed
from cellnet.nn import _guests
from cellnet.nn._cell_errors import explain
from cellnet.nn._cell_settings import CellSettings, MixedPrecisionType
from cellnet.nn._cell_state import CellState
from cellnet.nn._cell_state_dict import CellStateDict
from cellnet.ops._precision import ParameterRules, in_force
from cellnet.parameter import DEFAULT_NAME, Parameter, ParameterTuple
from cellnet.tensor import Tensor

__all__ = ["Cell", "GraphKernel", "MixedPrecisionType"]

_TABLES = ("_params", "_cells", "_buffers")
_NAME_PATTERN = re.compile(r"[0-9A-Za-z_.\-]*", re.ASCII)


class Cell(CellStateDict, CellState, CellSettings, Watched):
    """Base class of all networks (mindspore.nn.Cell).

    Subclasses create their Parameters and child Cells in ``__init__`` and compute in
    ``construct``.

    Args:
        auto_prefix: whether Parameters of children are named after the attribute.
        flags: kept as attributes of the Cell.

    Inputs: what ``construct`` takes; Tensors, Python values, and tuples, lists and
        dicts of them.  Python values are constants of the compiled program.

    Outputs: what ``construct`` returns.

    Raises:
        TypeError: a NumPy array as input; make it a Tensor.
        AttributeError: no ``construct``.

    Example:
        >>> class Double(Cell):
        ...     def construct(self, x):
        ...         return x * 2
        >>> float(Double()(Tensor(3.0)))
        6.0
    """

    # MindSpore tells compiled programs of a Cell apart by this; set freely
    phase = "train"

    def __init__(self, auto_prefix: bool = True, flags: dict | None = None) -> None:
        set_plain = super().__setattr__
        set_plain("_params", OrderedDict())
        set_plain("_cells", OrderedDict())
        set_plain("_buffers", OrderedDict())
        set_plain("_transient", frozenset())
        set_plain("_auto_prefix", auto_prefix)
        set_plain("_compiled", None)
        set_plain("_hooks", ())
        set_plain("_state_hooks", ())
        set_plain("training", False)
        set_plain("_to_float", None)
        set_plain("_recompute", False)
        set_plain("_inputs", None)
        set_plain("_name", "")
        self.add_flags(**(flags or {}))

    # -- attributes ---------------------------------------------------------------
    def __getattr__(self, name: str) -> Any:
        # only called when the instance and class dictionaries do not have it
        if name not in _TABLES:
            for table in _TABLES:
                # the second look-up is by attribute, so that a trace records it
                if name in self.__dict__.get(table, ()):
                    return getattr(self, table)[name]
        raise AttributeError(
            f"The '{type(self).__name__}' object has no attribute '{name}'."
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self._set_parameter(name, value)
        elif isinstance(value, ParameterTuple):
            self._set_parameters(name, value)
        elif isinstance(value, Cell):
            self._set_cell(name, value)
        elif _guests.is_network(value):
            self._set_cell(name, _guests.as_cell(value))
        else:
            self._set_plain(name, value)

    def __delattr__(self, name: str) -> None:
        for table in (self._params, self._cells):
            if name in table:
                del table[name]
                super().__setattr__("training", self.training)  # announces the change
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._params, *self._cells]

    def _table(self, name: str) -> OrderedDict:
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(
                f"{type(self).__name__}: call super().__init__() before setting "
                "Parameters or Cells"
            ) from None

    def _set_parameter(self, name: str, value: Parameter) -> None:
        if name in self._table("_cells"):
            raise KeyError(f"{type(self).__name__}: {name!r} is a Cell already")
        self.__dict__.pop(name, None)
        self.insert_param_to_cell(name, value)

    def _set_parameters(self, name: str, value: ParameterTuple) -> None:
        names: set[str] = set()
        for parameter in {id(p): p for p in value}.values():
            if parameter.name == DEFAULT_NAME:
                parameter.name = f"{DEFAULT_NAME}#{id(parameter) % 10**6}"
            if parameter.name in names:
                raise ValueError(
                    f"{type(self).__name__}.{name}: the parameter name "
                    f"{parameter.name!r} already exists in the tuple; rename one"
                )
            names.add(parameter.name)
            if not any(p is parameter for p in self._table("_params").values()):
                self._params[parameter.name] = parameter
        super().__setattr__(name, value)

    def _set_cell(self, name: str, value: Cell) -> None:
        if name in self._table("_params"):
            raise KeyError(f"{type(self).__name__}: {name!r} is a Parameter already")
        self.__dict__.pop(name, None)
        self._cells[name] = value
        if self._auto_prefix:
            value._name_parameters(name)
        super().__setattr__("_name", self._name)  # announces the change

    def _set_plain(self, name: str, value: Any) -> None:
        params, cells = self.__dict__.get("_params"), self.__dict__.get("_cells")
        if params and name in params:
            if isinstance(value, Tensor):
                params[name].set_data(value)
                return
            if value is not None:
                raise TypeError(
                    f"{type(self).__name__}.{name} is a Parameter; assign a Parameter,"
                    f" a Tensor or None, got {type(value).__name__}"
                )
            del params[name]
        elif cells and name in cells:
            if value is not None:
                raise TypeError(
                    f"{type(self).__name__}.{name} is a Cell; assign a Cell or None, "
                    f"got {type(value).__name__}"
                )
            del cells[name]
        elif isinstance(value, Tensor) and self._has_buffer(name):
            self._buffers[name].set_data(value)
            return
        super().__setattr__(name, value)

    def _has_buffer(self, name: str) -> bool:
        return self.__dict__.get("_buffers", {}).get(name) is not None

    # -- Parameters and children --------------------------------------------------
    def insert_param_to_cell(
        self, param_name: str, param: Parameter, check_name_contain_dot: bool = True
    ) -> None:
        """Add a Parameter under a name.

        Raises:
            TypeError: the name is no str, or the value no Parameter.
            KeyError: a name with a dot, or taken by something else.
        """
        if not isinstance(param_name, str):
            raise TypeError(
                f"insert_param_to_cell: expected a str, got {type(param_name).__name__}"
            )
        if check_name_contain_dot and "." in param_name:
            raise KeyError(f"insert_param_to_cell: {param_name!r} contains a dot")
        if not isinstance(param, Parameter):
            raise TypeError(
                f"insert_param_to_cell: {param_name!r} must be a Parameter, got "
                f"{type(param).__name__}"
            )
        if param.name == DEFAULT_NAME:
            param.name = param_name
        self._table("_params")[param_name] = param
        super().__setattr__("_name", self._name)  # announces the change

    def insert_child_to_cell(self, child_name: str, child_cell: Cell | None) -> None:
        """Add a child under a name; its Parameters keep their names.

        Raises:
            TypeError: the name is no str, or the child no Cell.
            KeyError: a name with a dot, or taken by something else.
        """
        if not isinstance(child_name, str):
            raise TypeError(
                f"insert_child_to_cell: expected a str, got {type(child_name).__name__}"
            )
        if "." in child_name or not child_name:
            raise KeyError(f"insert_child_to_cell: {child_name!r} is no plain name")
        if hasattr(self, child_name) and child_name not in self._cells:
            raise KeyError(f"insert_child_to_cell: {child_name!r} exists already")
        if child_cell is not None and not isinstance(child_cell, Cell):
            raise TypeError(
                f"insert_child_to_cell: {child_name!r} must be a Cell, got "
                f"{type(child_cell).__name__}"
            )
        if child_cell is None:
            super().__setattr__(child_name, None)
        else:
            self._cells[child_name] = child_cell
            super().__setattr__("_name", self._name)  # announces the change

    def _name_parameters(self, prefix: str) -> None:
        """Name every Parameter below by its path under ``prefix``."""
        for key, parameter in self.parameters_and_names():
            parameter.name = f"{prefix}.{key}"

    def update_parameters_name(self, prefix: str = "", recurse: bool = True) -> None:
        """Put ``prefix`` before the names of the Parameters.

        Raises:
            TypeError: the prefix is no str.
            ValueError: it has characters that names may not have.
        """
        if not isinstance(prefix, str):
            raise TypeError(
                f"update_parameters_name: expected a str, got {type(prefix).__name__}"
            )
        if not _NAME_PATTERN.fullmatch(prefix):
            raise ValueError(
                f"update_parameters_name: {prefix!r} may have letters, digits, '_', "
                "'.' and '-' only"
            )
        for parameter in self.get_parameters(expand=recurse):
            parameter.name = prefix + parameter.name

    def parameters_and_names(
        self, name_prefix: str = "", expand: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Each Parameter once, with its path from here."""
        seen: set[int] = set()
        cells = self.cells_and_names(name_prefix) if expand else [(name_prefix, self)]
        for path, cell in cells:
            for key, parameter in cell._params.items():
                if parameter is not None and id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield (f"{path}.{key}" if path else key), parameter

    def get_parameters(self, expand: bool = True) -> Iterator[Parameter]:
        """Each Parameter once, children's included if ``expand``."""
        for _, parameter in self.parameters_and_names(expand=expand):
            yield parameter

    def trainable_params(self, recurse: bool = True) -> list[Parameter]:
        """Parameters with ``requires_grad``."""
        return [p for p in self.get_parameters(recurse) if p.requires_grad]

    def untrainable_params(self, recurse: bool = True) -> list[Parameter]:
        """Parameters without ``requires_grad``."""
        return [p for p in self.get_parameters(recurse) if not p.requires_grad]

    def parameters_dict(self, recurse: bool = True) -> OrderedDict[str, Parameter]:
        """Parameter name -> Parameter."""
        return OrderedDict((p.name, p) for p in self.get_parameters(recurse))

    def parameters_broadcast_dict(self, recurse: bool = True) -> OrderedDict | None:
        """The Parameters that data parallel training broadcasts, or None."""
        chosen = OrderedDict(
            (p.name, p)
            for p in self.get_parameters(recurse)
            if not p.layerwise_parallel
        )
        return chosen or None

    def check_names(self) -> None:
        """Check that no two Parameters share a name.

        Raises:
            ValueError: two do.
        """
        names: set[str] = set()
        for parameter in self.get_parameters():
            if parameter.name in names:
                raise ValueError(
                    f"the parameter name {parameter.name!r} occurs twice in "
                    f"{type(self).__name__}; give one of them another name"
                )
            names.add(parameter.name)

    def init_parameters_data(self, auto_parallel_mode: bool = False) -> dict:
        """Each Parameter for itself: they have their values already."""
        del auto_parallel_mode
        return {each: each for each in self.get_parameters()}

    def cells(self) -> Iterable[Cell]:
        """The direct children."""
        return self.name_cells().values()

    def name_cells(self) -> OrderedDict[str, Cell]:
        """Name -> direct child, each child once."""
        found: OrderedDict[str, Cell] = OrderedDict()
        for name, cell in self._cells.items():
            if cell is not None and not any(cell is c for c in found.values()):
                found[name] = cell
        return found

    def get_sub_cell(self, target: str) -> Cell:
        """The Cell at a dotted path; "" is this one.

        Raises:
            AttributeError: there is nothing, or no Cell.
        """
        cell = self
        for name in target.split(".") if target else ():
            found = getattr(cell, name, None)
            if not isinstance(found, Cell):
                raise AttributeError(
                    f"{type(self).__name__}.get_sub_cell({target!r}): "
                    f"{type(cell).__name__} has no Cell {name!r}"
                )
            cell = found
        return cell

    def cells_and_names(
        self, name_prefix: str = "", _seen: set[int] | None = None
    ) -> Iterator[tuple[str, Cell]]:
        """This Cell and all below it, each once, with their paths."""
        seen = set() if _seen is None else _seen
        if id(self) in seen:
            return
        seen.add(id(self))
        yield name_prefix, self
        for name, cell in self._cells.items():
            if cell is not None:
                path = f"{name_prefix}.{name}" if name_prefix else name
                yield from cell.cells_and_names(path, seen)

    def apply(self, fn: Callable[[Cell], Any]) -> Cell:
        """Call ``fn`` on every Cell below and then on this one."""
        for cell in self.cells():
            cell.apply(fn)
        fn(self)
        return self

    # -- modes --------------------------------------------------------------------
    def set_train(self, mode: bool = True) -> Cell:
        """Switch dropout, batch statistics and the like on or off, children too."""
        for _, cell in self.cells_and_names():
            if cell.training != mode:
                cell.training = mode
        return self

    def set_grad(self, requires_grad: bool = True) -> Cell:
        """Accepted as in MindSpore; gradients are taken where they are asked for."""
        super().__setattr__("requires_grad", requires_grad)
        return self

    @property
    def param_prefix(self) -> str:
        """The prefix of parameter names, always empty as in MindSpore."""
        return ""

    @property
    def cls_name(self) -> str:
        """Name of the class."""
        return type(self).__name__

    def add_flags(self, **flags: Any) -> Cell:
        """Set plain attributes, as MindSpore's compiler flags are set."""
        for name, value in flags.items():
            super().__setattr__(name, value)
        if flags:
            held = {**self.get_flags(), **flags}
            super().__setattr__("_flags", tuple(held.items()))
        return self

    def add_flags_recursive(self, **flags: Any) -> Cell:
        """``add_flags`` here and on all Cells below."""
        for _, cell in self.cells_and_names():
            cell.add_flags(**flags)
        return self

    def get_flags(self) -> dict[str, Any]:
        """What ``add_flags`` has set; none of it is special here."""
        return dict(getattr(self, "_flags", ()))

    def recompute(self, **options: Any) -> None:
        """Compute activations again in the backward pass instead of keeping them.

        The Cell's inputs are kept, and what other Cells keep; see ``recompute``.

        Args:
            options: MindSpore's, for several devices; without effect.
        """
        del options
        super().__setattr__("_recompute", True)

    # -- running ------------------------------------------------------------------
    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """What the Cell computes; subclasses define it."""
        raise AttributeError(
            f"{type(self).__name__}: the method 'construct' is not defined"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        frame = _frame.current()
        if frame is not None:
            return self._call_traced(frame, args, kwargs)
        _refuse_numpy(self, args)
        if not context.is_graph_mode() or any_tracer(args):
            return self._run(args, kwargs)
        return self.compile_cache(*args, **kwargs)

    @property
    def compile_cache(self) -> Compiled:
        """The compiled programs of this Cell."""
        if self._compiled is None:
            self.__dict__["_compiled"] = Compiled(
                self._run_call,
                name=type(self).__name__,
                parameters=lambda: list(self.get_parameters()),
            )
        return self._compiled

    def _call_traced(
        self, frame: _frame.Frame, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if not frame.closed:
            return self._run(args, kwargs)
        start = len(frame.journal)
        outputs = self._run(args, kwargs)
        arrays = tuple(a._value for a in args if isinstance(a, Tensor))
        frame.log_call(self, arrays, start)
        return outputs

    def _run_call(self, *args: Any, **kwargs: Any) -> Any:
        return self._run(args, kwargs)

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._recompute and _frame.current() is not None:
            return recomputed(self._run_once, (args, kwargs), {})
        return self._run_once(args, kwargs)

    def _run_once(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            if self._to_float is not None:
                return self._run_in_float(args, kwargs)
            if not self._hooks:
                return control.resolve(self.construct)(*args, **kwargs)
            return self._run_with_hooks(args, kwargs)
        except (TypeError, ValueError, RuntimeError, IndexError) as error:
            explain(error, self)
            raise

    def _run_in_float(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args = self.cast_inputs(args, self._to_float)
        with in_force(ParameterRules(mstype.to_numpy(self._to_float))):
            return self._run_with_hooks(args, kwargs)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Trace and compile for these inputs without running."""
        inputs, key, rebuild = signature(args, kwargs)
        self.compile_cache.program(key, inputs, rebuild)

    def compile_and_run(self, *args: Any, **kwargs: Any) -> Any:
        """Run the compiled program for these inputs, in PYNATIVE_MODE too."""
        return self.compile_cache(*args, **kwargs)

    @property
    def compiled(self) -> bool:
        """Whether there is a compiled program of this Cell."""
        return self._compiled is not None and self._compiled.num_traces > 0

    # -- showing ------------------------------------------------------------------
    def extend_repr(self) -> str:
        """Settings shown by ``repr``; subclasses define it."""
        return ""

    def __repr__(self) -> str:
        children = [(n, repr(c)) for n, c in self._cells.items() if c is not None]
        text = self.extend_repr()
        if not children:
            return f"{type(self).__name__}({text})"
        lines = [
            f"({name}): " + shown.replace("\n", "\n  ") for name, shown in children
        ]
        head = f"{type(self).__name__}(" + (f"\n  {text}" if text else "")
        return head + "".join(f"\n  {line}" for line in lines) + "\n)"

    def to_flax(self) -> Any:
        """This Cell as a flax ``nnx.Module`` with its own copy of the values.

        Raises:
            ImportError: flax is not installed.
        """
        return _guests.to_flax(self)

    def __deepcopy__(self, memo: dict) -> Cell:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        for key, value in self.__dict__.items():
            twin.__dict__[key] = (
                None if key == "_compiled" else copy.deepcopy(value, memo)
            )
        return twin

    def __hash__(self) -> int:
        return id(self)


class GraphKernel(Cell):
    """A Cell that MindSpore would fuse; XLA fuses by itself (mindspore.nn)."""


def _refuse_numpy(cell: Cell, args: tuple[Any, ...]) -> None:
    for index, value in enumerate(args):
        if isinstance(value, np.ndarray):
            raise TypeError(
                f"{type(cell).__name__}: input {index} is a numpy.ndarray of shape "
                f"{value.shape}; pass Tensor(array)"
            )
