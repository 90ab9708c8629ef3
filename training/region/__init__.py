"""The page on which people choose what of the image is fitted and scored: region of interest, ignored areas."""
