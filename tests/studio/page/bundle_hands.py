"""Makes the bundle of networks that finds hands in the page's pictures.

Nothing of the product needs this file; it says where the bundle comes from and can make it again:

    pip download --no-deps mediapipe==0.10.21 && unzip mediapipe-*.whl -d wheel
    python bundle_hands.py wheel hand_landmarker_lite.task
"""

import sys
import zipfile
from pathlib import Path

PARTS = {
    "hand_detector.tflite": "palm_detection/palm_detection_full.tflite",
    "hand_landmarks_detector.tflite": "hand_landmark/hand_landmark_lite.tflite",
}


def bundle(modules, target):
    """Put the networks of MediaPipe's folder of modules into one file, as its tasks expect it."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as task:
        for name, part in PARTS.items():
            task.writestr(zipfile.ZipInfo(name), (modules / part).read_bytes())


if __name__ == "__main__":
    bundle(Path(sys.argv[1]) / "mediapipe/modules", Path(sys.argv[2]))
