"""The toy source of the paper, its family of models, and fits of it."""
