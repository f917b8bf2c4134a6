"""`dsia-gen assets fetch`: the only part of the package that uses the network."""
