"""A second evaluator of plans: plain Python over rows as dictionaries, slow and simple, to compare the engine's rows with.

It shares the parser and the plan's nodes with the engine and nothing else; what it does not know raises `UnknownError`.
"""
