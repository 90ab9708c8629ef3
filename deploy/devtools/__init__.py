"""The local broker, downloads, browser and measured-figures writer of demo, benchmarks and tests."""
