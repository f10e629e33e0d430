"""Side information and several distortions at once, certified: each problem lies in its file."""
