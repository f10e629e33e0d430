"""Rate, distortion and perception together, certified: the problem lies in `certificate`."""
