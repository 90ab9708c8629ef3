"""What a scoring graph computes, where its time goes, and how close it comes to the machine's peak."""
