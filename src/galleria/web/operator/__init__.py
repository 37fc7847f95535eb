"""Pages of the operator: overview, trade desk, ledger, work and health, transfers, credit."""
