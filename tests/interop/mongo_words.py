"""MongoDB's conditions, updates and expressions, as far as the SDK's `MongoDBSession` has them."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def matches(document: Document, query: Document) -> bool:
    """Whether a document fulfils all conditions."""
    for key, condition in query.items():
        if key == "$or":
            if not any(matches(document, each) for each in condition):
                return False
        elif isinstance(condition, dict):
            if not all(_fulfils(document, key, *each) for each in condition.items()):
                return False
        elif document.get(key) != condition:
            return False
    return True


def _fulfils(document: Document, key: str, operator: str, operand: Any) -> bool:
    value = document.get(key)
    if operator == "$in":
        return value in operand
    if operator == "$ne":
        return bool(value != operand)
    if operator == "$lt":
        return value is not None and bool(value < operand)
    if operator == "$exists":
        return (key in document) == operand
    raise NotImplementedError(operator)


def updated(document: Document, update: Document, *, new: bool) -> None:
    """Change a document, or fill a new one."""
    for operator, values in update.items():
        if operator == "$inc":
            document |= {key: document.get(key, 0) + by for key, by in values.items()}
        elif operator == "$set" or (operator == "$setOnInsert" and new):
            document |= values
        elif operator != "$setOnInsert":
            raise NotImplementedError(operator)


def evaluated(expression: Any, document: Document) -> Any:
    """The value of an expression of a pipeline."""
    if isinstance(expression, str) and expression.startswith("$"):
        return document.get(expression[1:])
    if not isinstance(expression, dict):
        return expression
    ((operator, operands),) = expression.items()
    if operator == "$cond":
        condition, then, otherwise = operands
        return evaluated(then if evaluated(condition, document) else otherwise, document)
    values = [evaluated(each, document) for each in _several(operands)]
    return _OPERATORS[operator](*values)


def _several(operands: Any) -> list[Any]:
    return operands if isinstance(operands, list) else [operands]


_OPERATORS: dict[str, Any] = {
    "$isArray": lambda value: isinstance(value, list),
    "$size": len,
    "$subtract": lambda one, other: one - other,
    "$slice": lambda values, count: values[:count],
}
