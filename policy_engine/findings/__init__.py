"""What can never be in a policy, or can be and should not: each a question about all conversations, answered."""
