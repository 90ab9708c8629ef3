"""The soak: hours of images through the service, and whether its memory, descriptors and threads stay flat."""
