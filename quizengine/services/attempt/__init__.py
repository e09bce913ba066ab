"""The attempt contract: states, time, the one writer, what was kept, what happened. See docs/attempt.md."""
