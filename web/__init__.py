"""The web pages: what reps and managers look at, and the forms by which they act."""
