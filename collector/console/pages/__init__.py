"""The pages of the console: each module adds its own to NiceGUI, for one `Console`."""
