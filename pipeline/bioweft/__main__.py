"""`python -m bioweft` is the command line."""

from bioweft.cli import main

main()
