"""Files, downloads, and the values read from them: whole, checked, or refused."""
