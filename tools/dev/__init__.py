"""What only the developers of this project run."""
