"""What holds for every conversation: questions about policies, and their provers."""
