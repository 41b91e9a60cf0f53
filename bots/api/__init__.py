"""HTTP's door for programs: JSON in and out, by a token, doing what the pages do."""
