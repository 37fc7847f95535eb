"""Where everything is put together: settings from the environment, addresses, wiring of events."""
