"""How far rows of llama.cpp depend on the company, for docs/python-adapters.md; run by hand.

python row_differences.py MODEL.gguf [type_k=0 type_v=0 flash_attn_type=0]
"""

import sys

import llama_cpp
import numpy as np
import wend.llama_cpp
from slot_walk import slot_walk, total_variation
from wend._law import Law

model = llama_cpp.Llama(sys.argv[1], n_ctx=64, n_threads=1, verbose=False)
parameters = {key: int(value) for key, value in (word.split("=") for word in sys.argv[2:])}
prompt = model.tokenize(b"The capital of")
expand = wend.llama_cpp._Context(model, prompt, 8, 8, 1, Law(), parameters)
seen, differences = {}, []
for prefix, row in slot_walk(
    expand, slots=20, most_batch=8, symbols=[260, 1000, 30, 5000], horizon=8, calls=120
):
    if prefix in seen:
        differences.append(0.0 if np.array_equal(seen[prefix], row)
                           else total_variation(seen[prefix], row))  # fmt: skip
    seen.setdefault(prefix, row)
print(f"{len(differences)} rows asked for again, {np.count_nonzero(differences)} differ, "
      f"largest TV {max(differences):.2g}")  # fmt: skip
