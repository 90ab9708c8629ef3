"""What a fit takes: memory from a thousand to fifty thousand images, and where its time goes."""
