"""One function for each thing a user can ask for. Transactions are opened here, and are short."""
