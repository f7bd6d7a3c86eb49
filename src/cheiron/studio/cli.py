"""The command line: a table of commands, each imported only when it is called."""

import errno
import importlib

import click

from cheiron import __version__
from cheiron.core.errors import CheironError
from cheiron.studio.install import learn_command

COMMANDS: dict[str, tuple[str, str]] = {
    "play": ("cheiron.studio.play:play", "Play a model by gesture, from a page in the browser."),
    "session": ("cheiron.studio.session_files:session", "Carry sessions as one file."),
    "teach": ("cheiron.studio.teach:teach", "Show gestures to a session, from files."),
    "demo": ("cheiron.studio.demo:demo", "Render a demo gesture with the shipped models."),
    "morph": ("cheiron.studio.morph:morph", "Travel from one sound to another, steadily."),
    "render": ("cheiron.studio.render:render", "Turn a recorded gesture into sound."),
    "corpus": ("cheiron.studio.corpus:corpus", "Prepare a folder of audio for training."),
    "train": ("cheiron.studio.train:train", "Train an audio model on a corpus."),
    "space": ("cheiron.studio.space:space", "Say what the knobs of a model mean."),
    "bench": ("cheiron.studio.bench:bench", "Measure speed and quality."),
    "info": ("cheiron.studio.info:info", "Show what an artifact is and verify it."),
    "doctor": ("cheiron.studio.doctor:doctor", "Show what is installed and what is missing."),
}
"""Name -> ("module:command", one-line help); the help is here so that listing imports nothing."""

_LEARN_PACKAGES = frozenset({"onnx", "onnxscript", "torch"})

_DISK_FULL = "the disk is full, {path} could not be written; free some space and run this again."
_FORBIDDEN = "this account may not access {path}; choose another place or change its permissions."
_SENTENCES: dict[int, str] = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.ENOENT: "there is no {path}; check the spelling and run this again.",
    errno.EISDIR: "{path} is a folder, expected a file; name a file.",
    errno.ENOTDIR: "{path} is a file, expected a folder; name a folder.",
}


class Refusal(click.ClickException):
    """One sentence on the error stream and exit status 1; never a traceback."""

    def show(self, file: object = None) -> None:
        """Print the sentence."""
        click.echo(f"cheiron: {self.message}", err=True)


class Stopped(Refusal):
    """The user pressed Ctrl-C; exit status 130, as shells have it."""

    exit_code = 130


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs.

    It is also where an error that a user can mend becomes a sentence, so every command may simply
    let it rise.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; errors that people can mend leave as one sentence."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of a pipe has left: click ends quietly
        except CheironError as error:
            raise Refusal(str(error)) from error
        except KeyboardInterrupt as error:
            raise Stopped("stopped; nothing half-written was kept.") from error
        except ModuleNotFoundError as error:
            raise _missing(error) from error
        except OSError as error:
            raise _sentence(error) from error
        except MemoryError as error:
            raise Refusal(
                "this needs more memory than there is; give less at a time, such as a shorter "
                "gesture, shorter sounds or a smaller --batch, or close other programs."
            ) from error


def _missing(error: ModuleNotFoundError) -> Exception:
    """A refusal where a package of the learning install is absent; else the error itself."""
    package = (error.name or "").partition(".")[0]
    if package not in _LEARN_PACKAGES:
        return error
    return Refusal(
        f"this needs the package {package}, which is not installed; "
        f"install the learning parts with: {learn_command()}"
    )


def _sentence(error: OSError) -> Exception:
    """A refusal that names the file and the reason; an error with neither is the error itself."""
    if error.errno in _SENTENCES:
        return Refusal(_SENTENCES[error.errno].format(path=error.filename or "a file"))
    if error.strerror is None or error.filename is None:
        return error
    reason = error.strerror.lower()
    return Refusal(f"{error.filename} could not be used ({reason}); choose another name or place.")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cheiron")
def cli() -> None:
    """Play a deep audio generative model with the body: gesture to neural sound."""


def main() -> None:
    """Entry point of the ``cheiron`` command."""
    cli(prog_name="cheiron")
