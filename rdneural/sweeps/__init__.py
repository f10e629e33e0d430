"""Many runs as one plan, which can be killed and goes on."""
