"""An example of a package that extends dsia-gen; each module holds one object, as docs/extending.md shows it."""
