"""The streaming service: scores inspection images from Kafka. Runs without TensorFlow."""
