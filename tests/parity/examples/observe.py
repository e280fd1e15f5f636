"""What a program shows: the values of its expressions and of its variables."""

import ast
from typing import Any

import numpy as np

RECORD = "__record__"
# of a larger array every n-th element is compared, so that about so many are
MAX_ELEMENTS = 4096
MAX_ITEMS = 256
MAX_DEPTH = 6
_SPARSE = {
    "COOTensor": ("indices", "values", "shape"),
    "CSRTensor": ("indptr", "indices", "values", "shape"),
    "RowTensor": ("indices", "values", "dense_shape"),
}


def instrument(text: str, filename: str) -> Any:
    """`text` compiled so that each expression statement's value goes to RECORD.

    Of a call of `print` the arguments go there, and nothing is printed.
    """
    tree = _Recording().visit(ast.parse(text))
    return compile(ast.fix_missing_locations(tree), filename, "exec")


class _Recording(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        shown = [node.value]
        call = node.value
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "print":
            shown = call.args
        place = ast.Constant(f"line {node.lineno}")
        record = ast.Call(ast.Name(RECORD, ast.Load()), [place, *shown], [])
        return ast.copy_location(ast.Expr(record), node)

    def _leave(self, node: ast.AST) -> ast.AST:
        return node

    # what is inside runs when called, perhaps in a compiled program
    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _leave


class Observer:
    """Makes records, which are JSON, of values.

    Args:
        mindspore: the module, whichever package it is.
    """

    def __init__(self, mindspore: Any) -> None:
        self._tensor = mindspore.Tensor
        self._types = tuple(
            type(getattr(mindspore, each)) for each in ("float32", "int32", "bool_")
        )

    def record(self, value: Any, depth: int = 0) -> dict[str, Any] | None:
        """A record of `value`; None: not of a kind that is compared."""
        if value is None:
            return {"kind": "None"}
        if isinstance(value, self._tensor):
            return {
                **_array(_numpy(value)),
                "kind": "Tensor",
                "dtype": str(value.dtype),
            }
        if isinstance(value, np.ndarray | np.generic):
            return {**_array(value), "kind": "ndarray", "dtype": str(value.dtype)}
        if isinstance(value, bool | int | float | str):
            kind = next(k for k in (bool, int, float, str) if isinstance(value, k))
            return {"kind": kind.__name__, "value": kind(value)}
        if isinstance(value, complex):
            return {"kind": "complex", "value": [value.real, value.imag]}
        if isinstance(value, self._types):
            return {"kind": "dtype", "value": str(value)}
        if depth < MAX_DEPTH:
            return self._container(value, depth + 1)
        return None

    def _container(self, value: Any, depth: int) -> dict[str, Any] | None:
        kind = type(value).__name__
        if isinstance(value, tuple | list):
            items = [self.record(each, depth) for each in value[:MAX_ITEMS]]
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {"kind": kind, "length": len(value), "items": items}
        if isinstance(value, dict):
            items = {str(k): self.record(v, depth) for k, v in value.items()}
            return {"kind": "dict", "length": len(value), "items": items}
        if kind in _SPARSE:
            items = [
                self.record(getattr(value, field), depth) for field in _SPARSE[kind]
            ]
            return {"kind": kind, "length": len(items), "items": items}
        return None

    def variables(self, namespace: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Records of what the program has bound, by name."""
        found = {}
        for name, value in namespace.items():
            if name.startswith("__"):
                continue
            record = self.record(value)
            if record is not None and any(leaves(record)):
                found[name] = record
        return found


def leaves(record: dict[str, Any] | None) -> Any:
    """The records in `record` that are no containers."""
    if record is None:
        return
    items = record.get("items")
    if items is None:
        yield record
    else:
        for each in items.values() if isinstance(items, dict) else items:
            yield from leaves(each)


def _numpy(tensor: Any) -> np.ndarray:
    if str(tensor.dtype) == "BFloat16":
        tensor = tensor.float()
    return tensor.asnumpy()


def _array(value: Any) -> dict[str, Any]:
    array = np.asarray(value)
    flat = array.reshape(-1)
    flat = flat[:: max(1, flat.size // MAX_ELEMENTS)]
    if np.iscomplexobj(flat):
        flat = np.stack([flat.real, flat.imag], -1).reshape(-1)
    if flat.dtype.kind not in "biuf":
        wide = flat.astype(np.float64) if flat.dtype.kind == "V" else flat.astype(str)
        return {"shape": list(array.shape), "value": wide.tolist()}
    return {"shape": list(array.shape), "value": flat.tolist()}
