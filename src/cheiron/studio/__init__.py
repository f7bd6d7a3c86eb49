"""The only room where all the parts are named together: the command line (and later the server)."""
