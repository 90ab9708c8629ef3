"""What surrounds the two programs: a local broker, the demo, images, rules and dashboards."""
