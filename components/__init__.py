"""The platform: settings, and the components that make it."""
