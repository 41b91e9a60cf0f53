"""The other company: Recall's API played over real HTTP."""
