"""From a trained network to an artifact that plays without torch."""
