"""Keypoints against labelled people: OKS, average precision and recall, the worst cases."""
