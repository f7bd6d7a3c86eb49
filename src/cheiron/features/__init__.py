"""What is measured of movement and of sound, causally, on a fixed clock."""

FEATURES: dict[str, str] = {
    "intensity": "cheiron.features.motion_inertial:Intensity",
    "acceleration": "cheiron.features.motion_inertial:Acceleration",
    "gyroscope": "cheiron.features.motion_inertial:Gyroscope",
    "course": "cheiron.features.motion_course:Course",
    "direction": "cheiron.features.motion_course:Direction",
    "velocity": "cheiron.features.motion_course:Velocity",
    "scales": "cheiron.features.motion_course:Scales",
    "pulse": "cheiron.features.motion_course:Pulse",
    "orientation": "cheiron.features.motion_orientation:Orientation",
    "tilt": "cheiron.features.motion_orientation:Tilt",
    "pointer": "cheiron.features.motion_pointer:Pointer",
    "left_hand": "cheiron.features.motion_hand:LeftHand",
    "right_hand": "cheiron.features.motion_hand:RightHand",
    "both_hands": "cheiron.features.motion_hand:BothHands",
    "activity": "cheiron.features.motion_pointer:Activity",
}
"""Motion features, name -> "module:Class"; each is used where its sensor exists."""

DESCRIPTORS: dict[str, str] = {
    "loudness": "cheiron.features.descriptors_level:loudness",
    "rms": "cheiron.features.descriptors_level:rms",
    "centroid": "cheiron.features.descriptors_spectrum:centroid",
    "bandwidth": "cheiron.features.descriptors_spectrum:bandwidth",
    "rolloff": "cheiron.features.descriptors_spectrum:rolloff",
    "flatness": "cheiron.features.descriptors_spectrum:flatness",
    "flux": "cheiron.features.descriptors_change:flux",
    "zero_crossings": "cheiron.features.descriptors_change:zero_crossings",
    "f0": "cheiron.features.descriptors_pitch:f0",
    "periodicity": "cheiron.features.descriptors_pitch:periodicity",
    "harmonicity": "cheiron.features.descriptors_pitch:harmonicity",
    "inharmonicity": "cheiron.features.descriptors_partials:inharmonicity",
    "sharpness": "cheiron.features.descriptors_loudness:sharpness",
    "boominess": "cheiron.features.descriptors_loudness:boominess",
    "roughness": "cheiron.features.descriptors_partials:roughness",
}
"""Descriptors of sound, name -> "module:function"."""
