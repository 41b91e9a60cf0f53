"""The control room: everything between a click, Recall and the screen."""
