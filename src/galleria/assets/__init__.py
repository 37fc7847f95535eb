"""Assets: what is delivered, scanned before it is sold.

In: images, packages, SaaS sites and container images of sellers, in versions. Out: approved versions that a
specification can name, and scan reports. Owns assets, their versions, scans and uploads.
"""
