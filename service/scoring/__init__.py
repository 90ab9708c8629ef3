"""Everything between an image's bytes and its verdict; knows no Kafka, no metrics, no HTTP, no TensorFlow."""
