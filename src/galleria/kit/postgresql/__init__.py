"""The database engine for PostgreSQL: the framework's own, with statements that the server plans once. Used as
`galleria.kit.postgresql`.
"""
