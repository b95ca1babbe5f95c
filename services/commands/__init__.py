"""The commands of `passerelle`, by what they speak to; `services/cli.py` puts them together.

A command works on the databases alone, whether the services run or not; what it tells leaves when they run. A service
is imported by the command that needs it, when it is called: all of them take two seconds, which `--help` need not wait
for.
"""
