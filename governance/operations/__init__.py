"""What operators and their machines ask: alive, ready, how much, how long."""
