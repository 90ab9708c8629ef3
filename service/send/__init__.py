"""`linewatch send`: image files from folders that cameras write to, onto the topic of images, each exactly once."""
