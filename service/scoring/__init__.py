"""From encoded bytes to a verdict: decoding, bundle, graph, threshold, drift statistic. No Kafka, no TensorFlow."""
