"""A causal model of transformers as the base, sharpened by power.

    python transformers_sample.py [MODEL [PROMPT]]

MODEL is a name or folder that transformers loads; without one a tiny model with random weights
shows the machinery: its law of three symbols is small enough to be listed and compared.
"""

import itertools
import sys

import numpy as np
import torch
import transformers
import wend
import wend.transformers

if len(sys.argv) > 1:
    tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
    model = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1])
    prompt = sys.argv[2] if len(sys.argv) > 2 else "Once upon a time"
    instance = wend.transformers.oracle(
        model, tokenizer=tokenizer, prompt=prompt, horizon=12, power=1.5, top_k=40
    )
    run = wend.sample(instance, 20, seed=1, visits=4)
    for text, log_mass in zip(run.text(), run.log_mass):
        print(f"{log_mass:8.2f} {text!r}")
    sys.exit()

torch.manual_seed(1)
config = transformers.LlamaConfig(
    vocab_size=12, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
    num_attention_heads=4, initializer_range=0.5, bos_token_id=None, eos_token_id=None,
)  # fmt: skip
model = transformers.LlamaForCausalLM(config)
POWER, HORIZON, DRAWS = 2.0, 3, 20_000
instance = wend.transformers.oracle(model, prompt=[1, 2], horizon=HORIZON, power=POWER, places=16)
sequences = np.array(list(itertools.product(range(12), repeat=HORIZON)))
law = np.exp(wend.log_mass(instance, sequences))
print(f"{len(law)} sequences; the sum of p^{POWER:g} is {law.sum():.4f}")
for name, options in {
    "lifted walk": {},
    "forward, rejection": {"algorithm": "sequential"},
    "forward alone (token by token)": {"algorithm": "sequential", "correct": "none"},
}.items():
    run = wend.sample(instance, DRAWS, seed=1, **options)
    counts = np.bincount(run.samples @ 12 ** np.arange(HORIZON - 1, -1, -1), minlength=len(law))
    distance = np.abs(counts / DRAWS - law / law.sum()).sum() / 2
    print(
        f"{name}: TV to the law {distance:.3f}, {run.report['oracle']['evaluations']} evaluations"
    )
