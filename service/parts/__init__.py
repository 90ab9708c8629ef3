"""Parts that several cameras see: one part verdict for each, from the verdicts on its views."""
