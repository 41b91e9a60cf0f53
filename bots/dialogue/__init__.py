"""How an assistant takes part in a meeting: turns, prompts, tools, answers, summaries. Pure."""
