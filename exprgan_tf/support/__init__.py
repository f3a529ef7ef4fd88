"""What every room needs: whole files, progress, quiet starts, addresses."""
