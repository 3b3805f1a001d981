#!/usr/bin/env python3
"""Compares the kernels' machine code with a committed table: registers, stack, shared memory,
instructions, and instructions of one step of the walks.

Called by `./dev sass`. The table holds for one release of nvcc; with another one only spills are
looked for. Needs cuobjdump and nvdisasm on the PATH.

Exit status: 0 if the code is the table's, 1 if it is not or a kernel spills, 2 if it cannot be read.
"""

import argparse
import pathlib
import re
import subprocess
import sys

COLUMNS = ("arch", "kernel", "registers", "stack", "shared", "instructions", "step")
# A Philox round multiplies by these: the step of a walk is in the smallest loop that draws.
PHILOX = ("0xd2511f53", "0xcd9e8d57", "-0x2daee0ad", "-0x326172a9")
STEPS_OF_LOOP = 4  # one Philox block: kernels/walk/advance.hpp
MEMORY_OF_A_THREAD = re.compile(r"\b(LDL|STL)\b")


def output(*command, text=None):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True, text=True).stdout


def short_names(mangled):
    """Names as a person writes them, by mangled name."""
    names = {}
    lines = output("c++filt", text="\n".join(mangled)).splitlines()
    for symbol, name in zip(mangled, lines):
        name = re.sub(r"\(wend::kernels::Walk\)(\d)",
                      lambda walk: ("jerrum-sinclair", "lifted", "sequential")[int(walk[1])], name)
        name = re.sub(r"\(anonymous namespace\)::|wend::kernels::|^void |, unsigned int const\*",
                      "", name)
        name = re.sub(r"> (?=>)", ">", name)
        names[symbol] = name[:name.index("(")]
    return names


def loops(code):
    """(first, last) of what lies between a branch back and its target, smallest first."""
    place = {address: i for i, (address, _) in enumerate(code)}
    found = []
    for i, (_, text) in enumerate(code):
        target = re.search(r"\bBRA(?:\.\w+)*(?: !?U?P\w+,)? (0x[0-9a-f]+)", text)
        if target and place.get(int(target[1], 16), i) < i:
            found.append((place[int(target[1], 16)], i))
    return sorted(found, key=lambda loop: loop[1] - loop[0])


def step_instructions(name, code):
    if not name.startswith("advance_"):
        return ""
    for first, last in loops(code):
        if any(constant in text for _, text in code[first:last + 1] for constant in PHILOX):
            return f"{(last + 1 - first) / STEPS_OF_LOOP:.2f}"
    raise ValueError(f"{name}: no loop of steps")


def kernels_of(library):
    """{(arch, mangled name): [(address, instruction), ...]}"""
    kernels, arch, code = {}, "", None
    for line in output("cuobjdump", "-sass", library).splitlines():
        if line.startswith("arch = "):
            arch = line.split()[2]
        elif "Function :" in line:
            code = kernels.setdefault((arch, line.split()[2]), [])
        else:
            instruction = re.match(r"\s+/\*([0-9a-f]{4,})\*/\s+(.*?);", line)
            if instruction:
                code.append((int(instruction[1], 16), instruction[2].strip()))
    for code in kernels.values():  # what pads a kernel is no part of it
        while code and (code[-1][1] == "NOP" or
                        re.fullmatch(rf"BRA 0x{code[-1][0]:x}", code[-1][1])):
            code.pop()
    return kernels


def resources_of(library):
    """{(arch, mangled name): {"REG": ...}}"""
    found, arch, symbol = {}, "", ""
    for line in output("cuobjdump", "--dump-resource-usage", library).splitlines():
        if line.startswith("arch = "):
            arch = line.split()[2]
        elif line.strip().startswith("Function "):
            symbol = line.split()[1].rstrip(":")
        elif "REG:" in line:
            found[arch, symbol] = {key: int(value) for key, value in
                                   re.findall(r"\b([A-Z]+):(\d+)", line)}
    return found


def read_rows(library):
    """The table's rows, and the kernels that keep registers in memory."""
    resources, kernels = resources_of(library), kernels_of(library)
    names = short_names(sorted({symbol for _, symbol in kernels}))
    rows, spills = [], []
    for (arch, symbol), code in kernels.items():
        used = resources[arch, symbol]
        rows.append((arch, names[symbol], used["REG"], used["STACK"], used["SHARED"], len(code),
                     step_instructions(names[symbol], code)))
        if used["STACK"] or used["LOCAL"] or any(MEMORY_OF_A_THREAD.search(t) for _, t in code):
            spills.append(f"{arch} {names[symbol]}")
    return sorted(tuple(map(str, row)) for row in rows), spills


def release_of(nvcc):
    return re.search(r"V[\d.]+", output(nvcc, "--version"))[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", required=True, help="libwend.a, built with nvcc")
    parser.add_argument("--nvcc", default="nvcc", help="what it was built with")
    parser.add_argument("--table", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="write the table")
    args = parser.parse_args()
    try:
        release = release_of(args.nvcc)
        rows, spills = read_rows(args.library)
        known = [] if args.update else args.table.read_text().splitlines()
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"sass_table: {error}", file=sys.stderr)
        return 2
    if not rows:
        print(f"sass_table: {args.library} holds no kernel", file=sys.stderr)
        return 2
    for kernel in spills:
        print(f"{kernel}: registers in memory", file=sys.stderr)
    head = [f"# nvcc {release}", "\t".join(COLUMNS)]
    lines = ["\t".join(row) for row in rows]
    if args.update:
        args.table.write_text("\n".join(head + lines) + "\n")
        print(f"{args.table}: {len(rows)} kernels")
        return 1 if spills else 0
    if known[:1] != head[:1]:
        print(f"{args.table} is about {known[0][2:] if known else 'nothing'}, this is nvcc {release}: instructions are not "
              f"compared; {len(rows)} kernels, {len(spills)} of them spill")
        return 1 if spills else 0
    gone, new = sorted(set(known[2:]) - set(lines)), sorted(set(lines) - set(known[2:]))
    for sign, changed in (("-", gone), ("+", new)):
        for line in changed:
            print(f"{sign} {line}", file=sys.stderr)
    if gone or new:
        print(f"the kernels' code is not that of {args.table}; if it should be so: "
              "./dev sass --update", file=sys.stderr)
        return 1
    print(f"{len(rows)} kernels: none spills, all have the instructions of {args.table}")
    return 1 if spills else 0


if __name__ == "__main__":
    sys.exit(main())
