"""Training: one loop, one recipe a model, losses and discriminators as parts."""
