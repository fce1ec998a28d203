"""What Bedplate costs, as ratios that hold on any machine: ``python -m benchmarks``."""
