"""The SaaS contract 2.0: the marketplace calls a seller's production address, signed.

In: an address, its key and one activity with its values. Out: an `Exchange`, the complete record of one
call with the verdict on the answer. Owns the bytes on the wire and the reading of answers, nothing else:
when to call, how often, and what follows is decided by the services of `delivering`.

`signature` signs, `body_sign` checks signed answers, `messages` writes requests and reads answers,
`client` makes the call. Only `client` opens connections; none of them knows Django.
"""
