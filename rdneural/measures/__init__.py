"""What is measured of a model: rate, distortion, pictures, and what its code is good for."""
