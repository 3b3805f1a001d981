"""Oracles on a GPU, or on the emulated device of -DWEND_CUDA=emulated; else skipped."""

import numpy as np
import pytest
import wend
from wend import _wend

CUDA = 2  # DLPack's number


def seen(array) -> np.ndarray:
    """A copy of an array of int32 in the device's memory."""
    assert array.__dlpack_device__() == (CUDA, 0)
    return _wend._to_host(array)


class OnDevice:
    """An array in the device's memory, which notes the streams that it is asked for on."""

    def __init__(self, values):
        self.array = _wend._to_device(np.ascontiguousarray(values, dtype=np.float32))
        self.streams = []

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __dlpack__(self, *, stream=None, **_):
        self.streams.append(stream)
        return self.array.__dlpack__()


def rows(depth, symbol):
    """Shares that depend on the depth and the symbol before, rounded down."""
    weights = np.array([0.2, 0.3, 0.5])[(np.arange(3) + symbol[:, None] + depth[:, None]) % 3]
    return np.log(weights) - 1e-6


@pytest.fixture(scope="module")
def device():
    """Skips where there is none."""
    try:
        device_target(lambda batch: None)
        _wend._to_device(np.zeros((1, 1), np.float32))
    except wend.Error as reason:
        pytest.skip(str(reason))


def device_target(expand, **options):
    traits = dict(alphabet=3, horizon=6, ratio_bound=[1] * 6, device="cuda")
    return wend.oracle(expand, **{**traits, **options})


@pytest.mark.usefixtures("device")
class TestDeviceOracle:
    def test_draws_are_those_of_the_host(self):
        answers = []

        def expand(batch):
            depth, symbol, prefix = seen(batch.depth), seen(batch.symbol), seen(batch.prefix)
            assert prefix.shape == (len(batch), 6) == (batch.size, 6)
            host = batch.host
            assert (host.depth == depth).all() and (host.symbol == symbol).all()
            assert (host.slot == seen(batch.slot)).all() and (host.known == seen(batch.known)).all()
            width = host.prefix.shape[1]
            assert (prefix[:, :width] == host.prefix).all() and (prefix[:, width:] == 0).all()
            answers.append((OnDevice(rows(depth, symbol)), batch.stream, batch))
            return answers[-1][0]

        run = wend.sample(device_target(expand), 500, chains=20, seed=4, backend="cuda")
        plain = wend.oracle(
            lambda batch: rows(batch.depth, batch.symbol).astype(np.float32),
            alphabet=3,
            horizon=6,
            ratio_bound=[1] * 6,
        )
        assert run.report["options"]["backend"] == "cuda"
        assert (run.samples == wend.sample(plain, 500, chains=20, seed=4).samples).all()
        # Each answer was asked for on the stream that reads it.
        assert all(answer.streams == [stream] for answer, stream, _ in answers)
        with pytest.raises(wend.UsageError, match="gone when the call has ended"):
            answers[0][2].slot  # noqa: B018

    def test_potentials_and_the_cpu_backend(self):
        def expand(batch):
            return OnDevice(rows(seen(batch.depth), seen(batch.symbol)))

        constrained = device_target(expand, potentials=[wend.substrings(forbid=[[1, 1]])])
        samples = wend.sample(constrained, 300, seed=1).samples
        assert not ((samples[:, 1:] == 1) & (samples[:, :-1] == 1)).any()
        cpu = wend.sample(device_target(expand), 100, chains=4, seed=2, backend="cpu")
        gpu = wend.sample(device_target(expand), 100, chains=4, seed=2, backend="cuda")
        assert (cpu.samples == gpu.samples).all()

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (lambda b: np.zeros((len(b), 3), np.float32), "must be in the GPU's memory"),
            (lambda b: [[0.0] * 3] * len(b), "must be an array with DLPack"),
            (lambda b: OnDevice(np.zeros((len(b), 2))), r"must have shape \(\d+, 3\), not"),
            (lambda b: b.prefix, "must be float32 in C order"),
            (lambda b: OnDevice(np.full((len(b), 3), np.nan)), "is nan"),
        ],
    )
    def test_bad_answers(self, answer, message):
        with pytest.raises(wend.RunError, match=message):
            wend.sample(device_target(answer), 10, self_test="off")

    def test_bad_options(self):
        def expand(batch):
            return OnDevice(rows(seen(batch.depth), seen(batch.symbol)))

        for options in ({"rows": "mass"}, {"expand": [expand, expand]}):
            with pytest.raises(wend.UsageError, match="one function of log ratios"):
                device_target(**{"expand": expand, **options})


def test_other_devices():
    with pytest.raises(wend.UsageError, match="device: 'tpu' is not cuda"):
        wend.oracle(lambda batch: None, alphabet=2, horizon=2, device="tpu")
