"""What is checked: pure functions from facts and a profile to findings."""
