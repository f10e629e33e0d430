"""Devices, random numbers, interruption, and where work is carried out."""
