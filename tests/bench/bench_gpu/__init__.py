"""Speed of every model on the GPU of this machine: `make bench-gpu`, see shared/models/README.md."""
