"""From a folder of sound to a trained model: corpus, losses, training loops, landmarks."""
