"""Performing needs no PyTorch, whatever else is installed."""

import subprocess
import sys

BLOCKED = """
import importlib, pkgutil, sys
for name in ("torch", "onnx", "onnxscript"):
    sys.modules[name] = None  # importing it raises ModuleNotFoundError
import cheiron
for room in pkgutil.iter_modules(cheiron.__path__, "cheiron."):
    if room.name.rpartition(".")[2] in ("learning", "training", "nets", "export"):
        continue
    module = importlib.import_module(room.name)
    for part in pkgutil.walk_packages(getattr(module, "__path__", ()), room.name + "."):
        importlib.import_module(part.name)
"""


def test_every_performing_module_imports_without_the_learning_packages():
    result = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
