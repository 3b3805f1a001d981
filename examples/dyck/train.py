#!/usr/bin/env python3
"""Trains the network of this folder: brackets of two kinds, by the eight brackets before them.

    python3 examples/dyck/train.py      # NumPy; half a minute on one core

The perceptron of examples/letters on balanced strings of 32 brackets at most five deep, of which
four in five are square. Symbols: 0 "(", 1 ")", 2 "[", 3 "]". It cannot see how deep it is, nor
what was opened more than eight symbols ago: most of what it writes is not balanced. That and other
shares of round brackets are what a constraint asks for (examples/dyck.json).
"""

import importlib.util
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
LENGTH, DEEPEST, SQUARE, STRINGS = 32, 5, 0.8, 20_000

spec = importlib.util.spec_from_file_location("letters", HERE.parent / "letters" / "train.py")
letters = importlib.util.module_from_spec(spec)
spec.loader.exec_module(letters)


def balanced(random):
    """One string: open or close by a fair coin where both are possible."""
    stack, string = [], []
    while len(string) < LENGTH:
        left = LENGTH - len(string)
        may_open = len(stack) < DEEPEST and left > len(stack)
        if may_open and (not stack or random.random() < 0.5):
            stack.append(2 if random.random() < SQUARE else 0)
            string.append(stack[-1])
        else:
            string.append(stack.pop() + 1)
    return string


def examples():
    """Windows of brackets, ALPHABET where the string has not begun, and what comes next."""
    random = np.random.default_rng(2)
    windows, targets = [], []
    for _ in range(STRINGS):
        past = [letters.ALPHABET] * letters.WINDOW
        for symbol in balanced(random):
            windows.append(past)
            targets.append(symbol)
            past = past[1:] + [symbol]
    return np.array(windows), np.array(targets)


if __name__ == "__main__":
    letters.HERE, letters.examples = HERE, examples
    letters.ALPHABET, letters.WINDOW, letters.EMBEDDING, letters.HIDDEN = 4, 8, 4, 48
    letters.EPOCHS = 3
    letters.write(letters.train())
