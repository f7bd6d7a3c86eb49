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
