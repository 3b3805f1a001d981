"""Reads .npz, .csv and report, and finds what is wrong with them. Nothing here trusts a byte."""

import ast
import io
import json
import math
import struct
import zipfile

TYPES = {"|u1": ("B", 1), "<u2": ("H", 2), "<u4": ("I", 4), "<u8": ("Q", 8), "<f8": ("d", 8)}


class Broken(Exception):
    """A file that is not whole, or does not agree with itself."""


def read_npy(name, data):
    """(type, shape, bytes of the elements)."""
    if data[:8] != b"\x93NUMPY\x01\x00" or len(data) < 10:
        raise Broken(f"{name} is not .npy")
    size = struct.unpack("<H", data[8:10])[0]
    try:
        header = ast.literal_eval(data[10:10 + size].decode("ascii"))
        kind, shape = header["descr"], header["shape"]
        body = data[10 + size:]
        if header["fortran_order"] or len(body) != math.prod(shape) * TYPES[kind][1]:
            raise Broken(f"{name} has {len(body)} bytes for the shape {shape} of {kind}")
    except (ValueError, SyntaxError, KeyError, TypeError) as wrong:
        raise Broken(f"{name} has a header that cannot be read: {wrong!r}") from wrong
    return kind, shape, body


def read_npz(data):
    """Arrays by name, as read_npy gives them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            damaged = archive.testzip()
            if damaged is not None:
                raise Broken(f"{damaged} is damaged")
            return {name.removesuffix(".npy"): read_npy(name, archive.read(name))
                    for name in archive.namelist()}
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as wrong:
        raise Broken(f"not a .npz file: {wrong}") from wrong


def numbers(array):
    kind, _, body = array
    return struct.unpack(f"<{len(body) // TYPES[kind][1]}{TYPES[kind][0]}", body)


def npz_rows(data):
    """Rows by chain, each as its bytes, of a .npz whose arrays agree."""
    arrays = read_npz(data)
    for name in ("samples", "chain", "log_mass", "counters_samples"):
        if name not in arrays:
            raise Broken(f"no array `{name}`")
    rows = len(numbers(arrays["chain"]))
    columns = [arrays[name] for name in ("samples", "log_mass", "log_weight") if name in arrays]
    for kind, shape, _ in columns:
        if shape[0] != rows:
            raise Broken(f"an array of {kind} has {shape[0]} rows, `chain` has {rows}")
    counts = numbers(arrays["counters_samples"])
    if sum(counts) != rows:
        raise Broken(f"counters_samples sums to {sum(counts)}, there are {rows} rows")
    for name, array in arrays.items():
        if name.startswith("counters_") and array[1] != (len(counts),):
            raise Broken(f"{name} has the shape {array[1]} for {len(counts)} chains")
    widths = [math.prod(shape[1:]) * TYPES[kind][1] for kind, shape, _ in columns]
    by_chain = [[] for _ in counts]
    previous = 0
    for row, chain in enumerate(numbers(arrays["chain"])):
        if chain < previous or chain >= len(counts):
            raise Broken(f"row {row} of chain {chain} is out of order")
        previous = chain
        by_chain[chain].append(b"".join(body[row * width:(row + 1) * width]
                                        for (_, _, body), width in zip(columns, widths)))
    if [len(chain) for chain in by_chain] != list(counts):
        raise Broken("counters_samples does not count the rows of each chain")
    return by_chain


def csv_rows(data):
    """Rows by chain number, each as its line, of a .csv whose lines are complete."""
    if not data.endswith(b"\n"):
        raise Broken("the last line is cut short")
    header, *lines = data[:-1].split(b"\n")
    fields = header.split(b",")
    first = 3 if b"log_weight" in fields else 2
    expected = [b"chain", b"log_mass", b"log_weight"][:first]
    if fields != expected + [b"s%d" % i for i in range(len(fields) - first)]:
        raise Broken(f"the header is {header[:80]!r}")
    by_chain = {}
    previous = 0
    for number, line in enumerate(lines):
        row = line.split(b",")
        try:
            chain = int(row[0])
            for value in row[1:first]:
                float(value)
            if len(row) != len(fields) or chain < previous:
                raise ValueError(f"{len(row)} fields, chain {chain}")
            for symbol in row[first:]:
                if not 0 <= int(symbol) < 65536:
                    raise ValueError(f"symbol {symbol!r}")
        except ValueError as wrong:
            raise Broken(f"line {number + 2} is {line[:60]!r}: {wrong}") from wrong
        previous = chain
        by_chain.setdefault(chain, []).append(line)
    return by_chain


def rows_of(name, data):
    """Rows by chain of an output file."""
    if name.endswith(".csv"):
        return csv_rows(data)
    return {chain: rows for chain, rows in enumerate(npz_rows(data)) if rows}


def count_rows(by_chain):
    return sum(len(rows) for rows in by_chain.values())


def read_report(data):
    try:
        report = json.loads(data)
        if not data.endswith(b"\n"):
            raise Broken("the report does not end in a newline")
        for key in ("drawn", "partial", "options", "instance", "counters", "guarantee"):
            if key not in report:
                raise Broken(f"the report has no `{key}`")
    except (ValueError, TypeError) as wrong:
        raise Broken(f"the report is not JSON: {wrong}") from wrong
    return report


def comparable(report):
    """The report without what differs from run to run: times, and where the files are."""
    rest = {key: value for key, value in report.items() if key != "timings"}
    rest["options"] = {key: value for key, value in report["options"].items()
                       if key not in ("output", "report", "quiet", "threads", "stop_signal")}
    rest["instance"] = {key: value for key, value in report["instance"].items() if key != "path"}
    return rest


def differences(report, other):
    """Keys in which two reports differ."""
    one, two = comparable(report), comparable(other)
    return [key for key in sorted(one.keys() | two.keys())
            if one.get(key) != two.get(key)]
