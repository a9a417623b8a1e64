"""What both methods share while they train: one loop, checkpoints, progress, TensorBoard."""
