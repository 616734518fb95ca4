"""What an audit is made of: hosts as they announce themselves, checks of them, grades."""
