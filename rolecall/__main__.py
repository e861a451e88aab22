"""`python -m rolecall`: the command line."""

from rolecall.cli.start import main

if __name__ == "__main__":
    main()
