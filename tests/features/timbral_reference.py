"""What the AudioCommons timbral models measure of some steady sounds: writes the JSON beside this.

Run it in an environment of its own, for these models are no dependency of Cheiron and their last
version (0.4.0, 2019) does not quite run on today's NumPy (``numpy.lib.pad`` is given back here):

    pip install timbral-models==0.4.0 pyloudnorm six librosa
    python tests/features/timbral_reference.py
"""

import json
from pathlib import Path

import numpy as np

RATE = 44100
PATH = Path(__file__).with_suffix(".json")


def sounds():
    """Steady sounds of a second, name -> samples."""
    rng, t = np.random.default_rng(4), np.arange(RATE) / RATE
    white = rng.standard_normal(RATE)
    found = {"white": white}
    for name, low, high in (("low", 40, 250), ("mid", 500, 2000), ("high", 4000, 12000)):
        spectrum, f = np.fft.rfft(white), np.fft.rfftfreq(RATE, 1 / RATE)
        found[f"noise {name}"] = np.fft.irfft(spectrum * ((f > low) & (f < high)))
    spectrum = np.fft.rfft(white) / np.sqrt(np.maximum(f, 20))
    found["pink"] = np.fft.irfft(spectrum)
    for hertz in (55, 110, 220, 440, 880):
        harmonics = np.arange(1, int(16000 / hertz))
        found[f"saw {hertz}"] = sum(np.sin(2 * np.pi * k * hertz * t) / k for k in harmonics)
    for hertz in (200, 1000, 4000):
        found[f"sine {hertz}"] = np.sin(2 * np.pi * hertz * t)
    levels = {"loud": 0.1, "soft": 0.01}
    fade = np.clip(np.minimum(t, t[-1] - t) / 0.02, 0, 1)
    return {
        f"{name} {word}": (fade * sound * level / np.sqrt(np.mean(sound**2))).astype(np.float32)
        for name, sound in found.items()
        for word, level in levels.items()
    }


def clusters():
    """Equally strong partials: their frequencies, name -> samples."""
    t = np.arange(RATE) / RATE
    chords = [(500, 560), (500, 600), (1000, 1080), (1000, 1150), (300, 400, 500, 600), (440, 880)]
    return {
        " ".join(map(str, chord)): sum(0.1 * np.sin(2 * np.pi * f * t) for f in chord)
        for chord in chords
    }


def main():
    """Measure and write."""
    np.lib.pad = np.pad
    from timbral_models import Timbral_Booming, Timbral_Roughness, Timbral_Sharpness, timbral_util

    timbral_util.file_read = lambda sound, fs, **_: (sound, fs)  # as it is, not made equally loud
    reference = {"steady": {}, "clusters": {}}
    for name, sound in sounds().items():
        total, pattern = timbral_util.specific_loudness(sound, Pref=100.0, fs=RATE, Mod=0)
        reference["steady"][name] = {
            "sone": round(float(total), 4),
            "sharpness": round(float(Timbral_Sharpness.sharpness_Fastl(pattern)), 4),
            "boominess": round(float(Timbral_Booming.boominess_calculate(pattern)), 4),
        }
    for name, sound in clusters().items():
        [rough] = Timbral_Roughness.timbral_roughness(sound, fs=RATE, dev_output=True)
        reference["clusters"][name] = round(float(rough), 4)
    PATH.write_text(json.dumps(reference, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
