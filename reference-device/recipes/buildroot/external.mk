# There are no packages of our own.
