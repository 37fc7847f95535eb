"""Supporting: what people say: tickets, reviews, questions."""
