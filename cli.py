"""The command line, from a checkout: ``python cli.py validate policies/``."""

from policy_engine.commands import main

if __name__ == "__main__":
    main()
