"""What people see: pure functions from values to rich renderables. Nothing prints here."""
