"""Pictures that autoencoders make for people: images restored, parts drawn anew."""
