"""Running the curriculum: run folder, loop, pictures, phi."""
