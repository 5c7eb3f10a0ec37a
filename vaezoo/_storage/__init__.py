"""Files, downloads, and the values read from them: complete and verified, or refused."""
