"""Pipelines as JSON, and back: serialize, deserialize, show, compare.

The form is MindSpore's: a node is a dict with "op_type", its settings, and the nodes
before it in "children". `_write` makes it of nodes, `_read` makes datasets of it, and
`_values` and `_operations` turn single settings into JSON and back.
"""
