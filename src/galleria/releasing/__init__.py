"""Releasing: what a seller wants to put on sale or change, until it is so.

In: drafts of product documents, checked while they are written; submissions and their review. Out: products in
`publishing`, changed all at once when a release is approved. Owns releases, their revisions and problem notices.
"""
