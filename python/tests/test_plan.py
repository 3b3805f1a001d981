"""wend.plan, and what wend.sample chooses."""

import pytest
import wend
from conftest import TableOracle

TREE = dict(alphabet=2, horizon=5)


def noisy():
    masses = TableOracle(**TREE, kappa=1).leaf_mass
    return wend.tree(
        masses, **TREE, estimate={"kind": "noise", "model": "sign", "kappa": 1.1, "seed": 2}
    )


def test_a_plan_recommends_what_is_chosen():
    planned = wend.plan(noisy(), samples=400, seed=5)
    run = wend.sample(noisy(), 400, seed=5)
    assert planned.recommended == run.report["choice"]["algorithm"]
    assert planned.why in str(planned) and "run it by" in str(planned)
    names = [candidate["algorithm"] for candidate in planned.candidates]
    assert names == ["lifted", "jerrum-sinclair", "sequential"]
    assert all(candidate["seconds"] > 0 for candidate in planned.candidates)
    assert not planned.partial
    named = wend.sample(noisy(), 400, seed=5, algorithm=planned.recommended)
    assert (named.samples == run.samples).all() and "choice" not in named.report


def test_a_plan_keeps_to_its_budget():
    assert wend.plan(noisy(), budget=2000).report["pilot_queries"] <= 2000


def test_options_name_an_algorithm():
    run = wend.sample(noisy(), 100, correct="weight")
    assert run.report["options"]["algorithm"] == "sequential" and run.log_weight is not None
    assert wend.sample(noisy(), 100, visits=3).report["options"]["algorithm"] == "lifted"


@pytest.mark.parametrize(
    "options, message",
    [
        ({"budget": 0}, "budget: 0 is not an integer from 1"),
        ({"memo": 5}, "memo: only goes with"),
        ({"delta": 1}, "delta: 1 is not a number between 0 and 1"),
    ],
)
def test_bad_plans(options, message):
    with pytest.raises(wend.UsageError, match=message):
        wend.plan(noisy(), **options)
