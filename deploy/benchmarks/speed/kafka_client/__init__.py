"""What the Kafka client costs: fetching images and publishing outcomes, ours and kafka-python as it comes, in turn."""
