"""report.html: the evidence behind a bundle, in one file that opens anywhere."""
