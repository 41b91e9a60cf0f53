"""Meeting links: from pasted text to platform and normal form, or why it is not a link.

https://docs.recall.ai/docs/meeting-urls

Nothing here opens a connection. What is not a link of a known platform goes to Recall as it is,
and Recall judges; only what could mislead a person or point into a private network is refused.
"""

from .finding import find
from .link import Link, NotALink

__all__ = ["Link", "NotALink", "find"]
