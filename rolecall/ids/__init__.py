"""Identity as values: ids of objects and subjects, the names that systems know them by, and ownership marks."""
