"""The access graph: subjects, objects, and every step by which one subject comes to hold the rights of another."""
