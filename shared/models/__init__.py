"""The models: which there are, where their files come from, their conversion to ONNX, and how they run.

A worker only opens what is cached (`session.open_model`); nothing but `pull.pull` downloads or converts.
Every load checks the file's hash, and everything that can go wrong here is a `ModelError` of one line.
"""
