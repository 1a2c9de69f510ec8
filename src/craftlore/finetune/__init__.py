"""Pairs to a LoRA adapter: train with MLX, keep the best checkpoint, export it, prove that every form answers alike."""
