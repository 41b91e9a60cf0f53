"""The wiring: settings, urls, servers and processes; no models, views or rules."""
