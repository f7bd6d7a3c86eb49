import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path / "session") as stage:
        yield stage
