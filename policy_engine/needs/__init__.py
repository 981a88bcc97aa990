"""What a policy has to be supplied with, and what cannot happen where a log lacks some of that."""
