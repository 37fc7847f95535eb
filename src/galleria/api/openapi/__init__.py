"""The open API: what sellers' servers call, signed with an AK/SK pair, at the paths of the contract.

In: `SDK-HMAC-SHA256` requests below `/api/mkp-openapi-public/`. Out: JSON in the forms of the contract, which
differ from those of `/api/v1`. `signature` is the algorithm, `gate` decides who may pass and answers what a
gateway would (APIG codes), `answers` has the codes behind it (CBC), `orders` and `mocks` the order query.
Names, codes and lengths here are the contract's and are not to be improved.
"""
