"""`linewatch-train`: one file for the commands of one page of the docs."""
