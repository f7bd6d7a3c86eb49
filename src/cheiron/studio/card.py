"""The model card."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cheiron.training.corpus import Corpus
    from cheiron.training.validate import Heard


def model_card(manifest: Mapping[str, Any], corpus: "Corpus", heard: Sequence["Heard"]) -> str:
    """What a model is, what it was made of and how well it does, as Markdown.

    Args:
        manifest: The artifact's manifest.
        corpus: What it was trained on.
        heard: Reconstructions of held-out sound (of training sound if none was held out).
    """
    provenance = manifest["provenance"]
    unheard = "held-out" if corpus.held_out else "training"
    worst = max(heard, key=lambda item: item.distance)
    lines = [
        f"# {manifest['name']}",
        "",
        f"Family `{manifest['family']}`, preset `{manifest['preset']}`, "
        f"{manifest['parameters'] / 1e6:.2f} million parameters, {manifest['sample_rate']} Hz, "
        f"one latent frame every {manifest['hop']} samples.",
        "",
        "## Sound it was made of",
        "",
        f"{provenance['source'] or 'Not stated.'} "
        f"Licence: {provenance['licence'] or 'not stated'}.",
        f"{len(corpus.clips)} clips, {corpus.seconds / 60:.1f} minutes; {len(corpus.held_out)} "
        "clips were held out as a whole.",
        "",
        "## How",
        "",
        f"    {provenance['command']}",
        "",
        f"{provenance['train']['minutes']:g} minutes on {provenance['train']['threads']} CPU "
        f"thread(s), {provenance['date']}.",
        "",
        "## How well",
        "",
        f"Multi-scale spectral distance of {unheard} sound, encoded and decoded: "
        f"{manifest['metrics']['held_out_distance']:.3f} on average, {worst.distance:.3f} for the "
        f"worst clip (`{worst.clip.name}`). `cheiron bench model` gives more figures, with "
        "baselines. The picture `reconstructions.png` shows originals above reconstructions.",
        "",
    ]
    return "\n".join(lines)
