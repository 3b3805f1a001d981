"""The parts of tools/faults.py: instances, ways to run the command, faults, and what must hold."""
