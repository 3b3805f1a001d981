"""Checks of arguments that several adapters take."""

from __future__ import annotations

from collections.abc import Iterable

import wend


def check_counts(**counts: int) -> None:
    """Raises UsageError for what is below 1."""
    for name, count in counts.items():
        if count < 1:
            raise wend.UsageError(f"{name} is {count}, not at least 1")


def token_ids(prompt: Iterable[int], alphabet: int) -> list[int]:
    """A prompt as a list. Raises UsageError where it is empty or has tokens of another model."""
    tokens = [int(token) for token in prompt]
    if not tokens or not all(0 <= token < alphabet for token in tokens):
        raise wend.UsageError(f"prompt: at least one token below {alphabet} is needed")
    return tokens
