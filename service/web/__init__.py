"""/metrics, /live, /ready and the status page."""
