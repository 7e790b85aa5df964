"""What is deployed as an image, installed for real."""
