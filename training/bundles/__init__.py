"""The store as its writer sees it: drafts, roles, history, listing, training images, ONNX."""
