"""Renders hands in known poses and finds them, for tests/core/hands.json.

Nothing of the product needs this file; it says where those landmarks come from and can make them
again, with the mesh that render_hands.py tells of and the built page:

    python render_poses.py package/dist/profiles/generic-hand/left.glb ../../core/hands.json
"""

import base64
import json
import math
import sys
from pathlib import Path

from render_hands import frame, jpeg, load

OPEN, FIST = [0.0] * 5, [0.8, 1.0, 1.0, 1.0, 1.0]
POSES = {
    "open": {"curl": OPEN},
    "fist": {"curl": FIST},
    "half": {"curl": [0.4, 0.5, 0.5, 0.5, 0.5]},
    "leaning": {"curl": OPEN, "roll": -math.pi / 6},
    "back": {"curl": OPEN, "turn": math.pi},
    "far": {"curl": OPEN, "distance": 0.8},
    "near": {"curl": OPEN, "distance": 0.35},
    "pointing": {"curl": [0.8, 0.0, 1.0, 1.0, 1.0]},
}


def picture(mesh, pose):
    """Both hands in a pose, the right one at the left as in a mirror; base64 of a JPEG."""
    away = pose.get("distance", 0.5)
    hands = [
        pose | {"side": side, "spread": 0.5, "at": (way * 0.2 * away, 0.01, away)}
        for side, way in (("right", -1), ("left", 1))
    ]
    return base64.b64encode(jpeg(frame(mesh, hands), 90)).decode()


def found(pictures):
    """The hands of each picture by side, as the built page's worker finds them in each anew."""
    from playing import playing
    from playwright.sync_api import sync_playwright
    from test_hand_tracker import CHROMIUM, FLAGS, LOOK, tracker_script

    with playing("poses-home", "--device", "none", "sax") as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        each = [page.evaluate(LOOK, [tracker_script(), [p] * 3])[-1] for p in pictures]
        browser.close()
    return [{h["side"]: {k: h[k] for k in ("points", "world")} for h in hands} for hands in each]


if __name__ == "__main__":
    hand = load(Path(sys.argv[1]))
    hands = found([picture(hand, pose) for pose in POSES.values()])
    rows = [f'"{name}":{json.dumps(each)}' for name, each in zip(POSES, hands, strict=True)]
    Path(sys.argv[2]).write_text("{\n" + ",\n".join(rows) + "\n}\n")
