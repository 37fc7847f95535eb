"""The people of the tests: Ada buys, Bruno sells, Olga operates, Rita resells, Xavier is a stranger."""

from __future__ import annotations
