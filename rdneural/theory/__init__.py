"""Models held against the exact theory, and bounds where nothing can be enumerated."""
