"""The services of Passerelle, the command that runs them, and the way to run them all in one process."""
