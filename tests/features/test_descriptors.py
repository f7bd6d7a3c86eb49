import librosa
import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.features import DESCRIPTORS
from cheiron.features.descriptors import WINDOW, describe, descriptor, descriptor_space

RATE, HOP = 44100, 512


@pytest.fixture(scope="module")
def sound():
    """A gliding saw with breath, then noise alone, a fading end."""
    rng = np.random.default_rng(0)
    t = np.arange(2 * RATE) / RATE
    phase = np.cumsum(220 * 2 ** (t / 2) / RATE)
    tone = 0.3 * (2 * (phase % 1) - 1) * (t < 1.2)
    return ((tone + 0.02 * rng.standard_normal(t.size)) * np.exp(-t)).astype(np.float32)


def padded(sound):
    """As librosa would have to be given it for windows around the middle of each hop."""
    frames = -(-sound.size // HOP)
    line = np.zeros((frames - 1) * HOP + WINDOW, np.float32)
    before = WINDOW // 2 - HOP // 2
    line[before : before + sound.size] = sound[: line.size - before]
    return line


def column(sound, name, rate=RATE, hop=HOP):
    return describe(sound, rate, hop, [name])[:, 0]


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_every_descriptor_is_undefined_in_silence_and_in_range_in_sound(sound, name):
    assert np.isnan(column(np.zeros(5000, np.float32), name)).all()
    axis = descriptor(name).axis
    assert (axis.name, axis.kind) == (name, "descriptor")
    assert axis.help
    values = column(sound, name)
    known = values[np.isfinite(values)]
    assert known.size > 50
    assert ((known >= axis.low) & (known <= axis.high)).all()


def test_level_centroid_and_flatness_are_those_of_librosa(sound):
    line = padded(sound)
    theirs = librosa.feature.rms(y=line, frame_length=WINDOW, hop_length=HOP, center=False)[0]
    np.testing.assert_allclose(column(sound, "rms"), 20 * np.log10(theirs), atol=1e-3)
    magnitude = np.abs(librosa.stft(line, n_fft=WINDOW, hop_length=HOP, center=False))
    theirs = librosa.feature.spectral_centroid(S=magnitude, sr=RATE)[0]
    np.testing.assert_allclose(column(sound, "centroid"), theirs, rtol=2e-3)
    theirs = librosa.feature.spectral_flatness(S=magnitude)[0]
    np.testing.assert_allclose(column(sound, "flatness"), theirs, rtol=2e-3)


def test_bandwidth_rolloff_and_zero_crossings_are_those_of_librosa(sound):
    line = padded(sound)
    magnitude = np.abs(librosa.stft(line, n_fft=WINDOW, hop_length=HOP, center=False))
    theirs = librosa.feature.spectral_bandwidth(S=magnitude, sr=RATE)[0]
    np.testing.assert_allclose(column(sound, "bandwidth"), theirs, rtol=2e-3)
    theirs = librosa.feature.spectral_rolloff(S=magnitude, sr=RATE, roll_percent=0.85)[0]
    assert np.abs(column(sound, "rolloff") - theirs).max() <= 0.51 * RATE / WINDOW
    theirs = librosa.feature.zero_crossing_rate(
        line, frame_length=WINDOW, hop_length=HOP, center=False
    )[0]
    np.testing.assert_allclose(column(sound, "zero_crossings"), RATE * theirs, rtol=1e-5)


def test_flux_is_the_onset_strength_of_librosa_on_the_same_spectra(sound):
    # Windows of 1024 whose middles are 256 before and after that of the frame: every second one.
    line = padded(sound)[256:]
    power = np.abs(librosa.stft(line, n_fft=1024, hop_length=512, center=False)) ** 2
    mel = librosa.filters.mel(sr=RATE, n_fft=1024, n_mels=40, htk=True, norm=None)
    level = librosa.power_to_db(
        mel @ power * 2 / (0.375 * 1024**2), ref=1.0, amin=1e-10, top_db=None
    )
    theirs = librosa.onset.onset_strength(S=level, sr=RATE, lag=1, max_size=1, center=False)
    np.testing.assert_allclose(
        column(sound, "flux"), theirs[1 : 1 + -(-sound.size // HOP)], atol=2e-3
    )


def test_flux_is_highest_at_an_onset():
    rng = np.random.default_rng(0)
    sound = 0.1 * rng.standard_normal(RATE // 2) * np.repeat([0.01, 1.0], RATE // 4)
    flux = column(sound.astype(np.float32), "flux")
    assert abs(np.argmax(flux) - RATE // 4 // HOP) <= 1
    assert flux.max() > 10 * np.median(flux)


@pytest.mark.parametrize(("noise", "ratio"), [(1e-4, 40.0), (0.1, 17.0), (1.0, -3.0)])
def test_harmonicity_is_the_ratio_of_tone_to_noise(noise, ratio):
    t = np.arange(RATE // 4) / RATE
    tone = np.sin(2 * np.pi * 441 * t) + noise * np.random.default_rng(1).standard_normal(t.size)
    ours = np.nanmedian(column((0.1 * tone).astype(np.float32), "harmonicity"))
    assert ours == pytest.approx(ratio, abs=2)


def test_inharmonicity_is_what_stretched_partials_have():
    t = np.arange(RATE // 4) / RATE
    values = []
    for stretch in (0.0, 0.001, 0.004):
        tone = sum(
            np.sin(2 * np.pi * 220 * k * np.sqrt(1 + stretch * k**2) * t) for k in range(1, 6)
        )
        values.append(np.nanmedian(column((0.05 * tone).astype(np.float32), "inharmonicity")))
    assert values[0] < 0.005
    assert values[0] < values[1] < values[2]
    noise = np.random.default_rng(1).standard_normal(RATE // 4).astype(np.float32)
    assert np.isnan(column(noise, "inharmonicity")).mean() > 0.9


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e30])
def test_samples_that_are_no_sound_make_their_frames_undefined_and_no_others(wrong):
    sound = np.full(20000, 0.1, np.float32)
    sound[10000] = wrong
    undefined = np.isnan(column(sound, "rms"))
    windows = [
        (t * HOP + HOP // 2 - WINDOW // 2, t * HOP + HOP // 2 + WINDOW // 2) for t in range(40)
    ]
    np.testing.assert_array_equal(undefined, [a <= 10000 < b for a, b in windows])
    assert np.isfinite(describe(np.clip(50 * sound, -1, 1), RATE, HOP, ["flux"])[:10]).all()


def test_loudness_is_a_weighted_as_librosa_has_it(sound):
    magnitude = np.abs(librosa.stft(padded(sound), n_fft=WINDOW, hop_length=HOP, center=False))
    frequencies = librosa.fft_frequencies(sr=RATE, n_fft=WINDOW)
    weights = librosa.db_to_power(librosa.A_weighting(frequencies[1:], min_db=None))[:, None]
    power = 2 * (magnitude[1:] ** 2 * weights).sum(0) / (0.375 * WINDOW**2)
    np.testing.assert_allclose(column(sound, "loudness"), 10 * np.log10(power), atol=0.05)


def test_f0_is_that_of_librosa_and_of_the_sound(sound):
    line = padded(sound)
    theirs = librosa.yin(
        line, fmin=60, fmax=1500, sr=RATE, frame_length=WINDOW, hop_length=HOP, center=False
    )
    ours = column(sound, "f0")
    voiced = slice(5, 95)
    assert np.isfinite(ours[voiced]).all()
    assert np.median(np.abs(1200 * np.log2(ours[voiced] / theirs[voiced]))) < 10
    middle = (np.arange(len(ours)) + 0.5) * HOP / RATE
    truth = 220 * 2 ** (middle / 2)
    assert np.abs(1200 * np.log2(ours[voiced] / truth[voiced])).max() < 20
    assert np.isnan(ours[115:]).mean() > 0.9  # noise has no pitch


@pytest.mark.parametrize("hertz", [60, 233.08, 1760])
def test_f0_of_a_steady_tone_is_within_three_cents(hertz):
    t = np.arange(RATE // 2) / RATE
    tone = sum(np.sin(2 * np.pi * k * hertz * t) / k for k in range(1, 6)).astype(np.float32)
    ours = column(0.1 * tone, "f0")[5:-5]
    assert np.abs(1200 * np.log2(ours / hertz)).max() < 3


def test_a_frame_is_centred_on_its_own_samples():
    click = np.zeros(40 * HOP, np.float32)
    click[20 * HOP + HOP // 2] = 1.0
    level = column(click, "loudness")
    around = np.flatnonzero(np.isfinite(level))
    assert around.mean() == 20
    assert np.nanargmax(level) == 20


@pytest.mark.parametrize(("samples", "hop"), [(0, 128), (1, 128), (129, 128), (5000, 4096)])
def test_any_length_and_hop_gives_one_row_for_each_hop(samples, hop):
    table = describe(np.full(samples, 0.1, np.float32), RATE, hop)
    assert table.shape == (-(-samples // hop), len(DESCRIPTORS))


def test_a_constant_is_not_loud():
    table = describe(np.full(RATE, 0.5, np.float32), RATE, HOP, ["rms", "loudness"])
    assert table[40, 0] == pytest.approx(-6.02, abs=0.01)
    assert np.isnan(table[40, 1]) or table[40, 1] < -55


def test_the_space_names_the_columns_and_unknown_ones_are_refused():
    assert descriptor_space().names == tuple(DESCRIPTORS)
    with pytest.raises(CheironError, match="no sound descriptor 'nose'; choose one of loudness"):
        describe(np.zeros(10, np.float32), RATE, HOP, ["nose"])
