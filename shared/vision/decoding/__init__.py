"""What the numbers of the pose networks mean: keypoints and how sure each is, for a whole batch at once."""
