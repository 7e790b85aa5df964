"""The embedding classifier as it is served: ONNX Runtime, tokenizers and numpy, imported only where it runs."""
