"""Renders one flange, normal or with a defect; knows nothing of the demo."""
