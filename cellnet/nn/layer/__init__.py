"""Layers: Cells with Parameters, activations and containers, one module a family."""
