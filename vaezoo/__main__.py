"""python -m vaezoo: the console script."""

from vaezoo.cli import main

if __name__ == "__main__":
    main()
