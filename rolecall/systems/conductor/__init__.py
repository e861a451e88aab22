"""Conductor (Orkes): groups, applications, definitions of workflows and tasks, and who may do what on them."""
