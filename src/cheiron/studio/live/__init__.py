"""The live instrument, put together: session, chain, sources, outputs, pages."""
