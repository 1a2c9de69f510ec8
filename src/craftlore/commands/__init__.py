"""The command line, one file for each stage; `craftlore.cli` puts them together."""
