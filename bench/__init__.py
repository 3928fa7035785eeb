"""The figures Pilotage promises, measured on a real server process: `./dev bench`."""
