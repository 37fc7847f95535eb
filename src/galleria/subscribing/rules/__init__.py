"""Pure rules: the calendar of terms (`calendar`), and what the clock will do with a subscription (`plan`)."""

from galleria.subscribing.rules.calendar import (
    MONTHS,
    PeriodType,
    add_months,
    anchor_day_of,
    billing_cycle,
    cycle_bounds,
    days_left,
    effective_time,
    end_of_day,
    first_expiry,
    last_day,
    local_date,
    renewed_expiry,
    total_hours,
    trial_expiry,
    used_hours,
)

__all__ = [
    "MONTHS",
    "PeriodType",
    "add_months",
    "anchor_day_of",
    "billing_cycle",
    "cycle_bounds",
    "days_left",
    "effective_time",
    "end_of_day",
    "first_expiry",
    "last_day",
    "local_date",
    "renewed_expiry",
    "total_hours",
    "trial_expiry",
    "used_hours",
]
