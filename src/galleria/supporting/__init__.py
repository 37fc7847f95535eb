"""Supporting: what people say: tickets to the operator and to sellers, reviews and questions about products.

In: tickets from accounts (B-AFS-003, S-TCK-001), the way to credit payment and bank transfers as well. Out: answers
of the operator and of sellers; reviews and questions for product pages. Owns tickets, reviews and questions.
"""
