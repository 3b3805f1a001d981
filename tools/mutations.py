"""The list of mistakes that tools/mutate plants, and how they get into a source file."""
import sys

SEPARATOR = " @@ "


class Mutation:
    """One line of the list: id @@ file @@ original @@ replacement @@ what it breaks, and for one
    that no test can notice @@ equivalent: why. Backticks in `original` mark the expression that is
    replaced, the rest being there to make it unique; without them all of it is. The replacement
    `nothing` leaves the expression out."""

    def __init__(self, line):
        fields = line.split(SEPARATOR)
        if len(fields) not in (5, 6):
            sys.exit(f"mutations.txt: not 5 or 6 fields: {line}")
        self.id, self.file = int(fields[0]), fields[1]
        self.context, self.replacement, self.breaks = fields[2:5]
        self.equivalent = None
        if len(fields) == 6:
            if not fields[5].startswith("equivalent: "):
                sys.exit(f"mutations.txt: {self.id}: the sixth field is `equivalent: why`")
            self.equivalent = fields[5].removeprefix("equivalent: ")

    def same(self):
        """What a result is of: another text has none."""
        return SEPARATOR.join([self.file, self.context, self.replacement])

    def __str__(self):
        return f"{self.file}: {self.breaks}"

    def span(self, source):
        """Where the replaced expression lies in its file; exits if that is not one place."""
        before, marked, after = "", self.context, ""
        if "`" in self.context:
            before, marked, after = self.context.split("`")
        whole = before + marked + after
        if source.count(whole) != 1:
            sys.exit(f"mutations.txt: {self.id}: {source.count(whole)} times in {self.file}: {whole}")
        depth = 0
        for character in marked:
            depth += (character in "([{") - (character in ")]}")
            if depth < 0 or (depth == 0 and character in ",;"):
                sys.exit(f"mutations.txt: {self.id}: not one expression: {marked}")
        begin = source.index(whole) + len(before)
        return begin, begin + len(marked)


def read_list(root):
    lines = (root / "tools/mutations.txt").read_text().splitlines()
    mutations = [Mutation(line) for line in lines if line and not line.startswith("#")]
    ids = [m.id for m in mutations]
    if len(set(ids)) != len(ids):
        sys.exit(f"mutations.txt: ids twice: {sorted({i for i in ids if ids.count(i) > 1})}")
    return mutations


def switched(source, mutations):
    """The source with all of its mutations behind switches."""
    places = {}
    for mutation in mutations:
        places.setdefault(mutation.span(source), []).append(mutation)
    spans = sorted(places)
    for (begin, end), (next_begin, _) in zip(spans, spans[1:]):
        if next_begin < end:
            sys.exit(f"mutations.txt: two overlap: {source[begin:end]}")
    for begin, end in reversed(spans):
        text = source[begin:end]
        for mutation in places[begin, end]:
            if mutation.replacement == "nothing":
                text = f"(wend_mutant({mutation.id}) ? void() : void({text}))"
            else:
                text = f"(wend_mutant({mutation.id}) ? ({mutation.replacement}) : ({text}))"
        source = source[:begin] + text + source[end:]
    return source
