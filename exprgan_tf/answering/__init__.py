"""What both servers, of the page and of REST, do alike with requests."""
