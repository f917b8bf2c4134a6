"""Made-up scenes of textured planes with exact flow, in tens of milliseconds a pair: training data without end."""
