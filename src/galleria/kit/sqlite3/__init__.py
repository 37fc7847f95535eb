"""The database engine for SQLite: the framework's own, with writers in a queue. Used as `galleria.kit.sqlite3`."""
