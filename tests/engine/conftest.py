import sys
from pathlib import Path

# Toys that several files share.
sys.path.insert(0, str(Path(__file__).parent))
