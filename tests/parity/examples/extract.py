"""A docstring becomes a program: the lines behind its prompts."""

import ast
import inspect
import re

_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.)(?: (.*)|)$")


def program(docstring: str) -> str | None:
    """The example in `docstring` as the text of a module; None: it has none.

    Several examples in one docstring are one program, as doctest has it.
    """
    lines = [_PROMPT.match(line) for line in inspect.cleandoc(docstring).splitlines()]
    text = "\n".join(line.group(1) or "" for line in lines if line).strip("\n")
    return text + "\n" if text.strip() else None


def syntax_error(text: str) -> str | None:
    """Why `text` is no Python, or None."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error.msg
    return None
