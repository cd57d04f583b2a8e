"""One module for each family; each has cases(), which yields case.Case."""
