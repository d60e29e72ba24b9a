"""What a tariff comes to, in another way than lockerd's: for the vectors, and for a page that shows what will be owed."""
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)

def counted(tariff, begin, now, stops):
    """Whole seconds from begin to now without stops and quiet days."""
    now = max(begin, now)
    zone = ZoneInfo(tariff.get("zone") or "UTC")
    day = begin.astimezone(zone).date()
    off, last = [(moment(s["from"]), moment(s["to"])) for s in stops], now.astimezone(zone).date()
    while day <= last:
        if DAYS[day.weekday()] in tariff.get("quiet_weekdays", []) or day.isoformat() in tariff.get("quiet_dates", []):
            bounds = [datetime.combine(d, time(), zone).astimezone(timezone.utc) for d in (day, day + timedelta(days=1))]
            off.append(tuple(bounds))
        day += timedelta(days=1)
    cuts = sorted({begin, now} | {c for pair in off for c in pair if begin < c < now})
    on = [b - a for a, b in zip(cuts, cuts[1:]) if not any(f <= a and b <= t for f, t in off)]
    return sum(on, timedelta()) // timedelta(seconds=1)

def owed(tariff, seconds):
    """The amount in minor units after so many seconds that counted."""
    left, amount = seconds - tariff.get("free_s", 0), 0
    for step in tariff["steps"]:
        every, price, charge = step["every_s"], step["price"], step.get("charge", "begun")
        periods = step.get("times") or left // every + 1
        for _ in range(periods):
            if left >= every or (left >= 0 and charge == "begun"):
                amount += price
            elif left >= 0 and charge == "proportional":
                amount += price * left // every
            left -= every
    amount = min(amount, tariff.get("cap") or amount)
    return amount - amount % (tariff.get("multiple") or 1)
