"""The demo: a rendered production line, or a folder of real images, through the whole of Linewatch."""
