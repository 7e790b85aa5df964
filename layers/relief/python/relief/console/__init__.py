"""The console: one page and its assets, served as they are, and the headers that keep the page to itself."""
