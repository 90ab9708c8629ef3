"""TensorFlow and LiteRT themselves: quiet start-up, tensors, conversion, precision."""
