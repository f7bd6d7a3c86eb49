"""What is measured of movement and of sound, causally, on a fixed clock."""

FEATURES: dict[str, str] = {
    "intensity": "cheiron.features.motion_inertial:Intensity",
    "acceleration": "cheiron.features.motion_inertial:Acceleration",
    "gyroscope": "cheiron.features.motion_inertial:Gyroscope",
    "orientation": "cheiron.features.motion_orientation:Orientation",
    "tilt": "cheiron.features.motion_orientation:Tilt",
    "pointer": "cheiron.features.motion_pointer:Pointer",
    "activity": "cheiron.features.motion_pointer:Activity",
}
"""Motion features, name -> "module:Class"; each is used where its sensor exists."""

DESCRIPTORS: dict[str, str] = {
    "loudness": "cheiron.features.descriptors_level:loudness",
    "rms": "cheiron.features.descriptors_level:rms",
    "centroid": "cheiron.features.descriptors_spectrum:centroid",
    "bandwidth": "cheiron.features.descriptors_spectrum:bandwidth",
    "sharpness": "cheiron.features.descriptors_loudness:sharpness",
    "boominess": "cheiron.features.descriptors_loudness:boominess",
    "flatness": "cheiron.features.descriptors_spectrum:flatness",
    "f0": "cheiron.features.descriptors_pitch:f0",
    "periodicity": "cheiron.features.descriptors_pitch:periodicity",
}
"""Descriptors of sound, name -> "module:function"."""
