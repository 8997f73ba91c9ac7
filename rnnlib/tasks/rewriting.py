"""One text into another of unequal length: dates as people write them into ISO, numbers into words."""

from datetime import date, timedelta

import numpy as np

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
WEEKDAYS = "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
DATE_FORMS = (
    "{d} {month} {y}",
    "{month} {d}, {y}",
    "{d} {mon} {y}",
    "{mon} {d} {y}",
    "{weekday}, {d} {month} {y}",
    "the {nth} of {month} {y}",
    "{d}.{m}.{y}",
    "{m}/{d}/{y}",
)
ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"  # fmt: skip


def dates(n: int, *, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw n days of the years 1900 to 2099, no day twice, each in one of eight forms, and its ISO date beside it.

    With dots the day comes first, with slashes the month. The weekday is right, and of no use.

    Raises
    ------
    ValueError
        If n is below 1 or above the number of days, 73,049.

    Examples
    --------
    >>> for pair in dates(3, rng=np.random.default_rng(3)):
    ...     print(pair)
    ('17.2.1917', '1917-02-17')
    ('21.11.1935', '1935-11-21')
    ('tuesday, 18 april 2062', '2062-04-18')
    """
    n_days = (LAST - FIRST).days + 1
    _check_count(n, n_days)
    days = rng.choice(n_days, size=n, replace=False)
    forms = rng.integers(len(DATE_FORMS), size=n)
    pairs = []
    for day, form in zip(days.tolist(), forms):
        when = FIRST + timedelta(days=day)
        pairs.append((_written(when, DATE_FORMS[form]), when.isoformat()))
    return pairs


def _written(when: date, form: str) -> str:
    month = MONTHS[when.month - 1]
    return form.format(
        d=when.day,
        m=when.month,
        y=when.year,
        month=month,
        mon=month[:3],
        weekday=WEEKDAYS[when.weekday()],
        nth=f"{when.day}{_ending(when.day)}",
    )


def _ending(n: int) -> str:
    if n // 10 == 1:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")


def numbers(n: int, *, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw n numbers below a million, none twice, as figures and as words; small ones are likelier than large ones.

    Raises
    ------
    ValueError
        If n is below 1 or above 100,000.

    Examples
    --------
    >>> for pair in numbers(3, rng=np.random.default_rng(0)):
    ...     print(pair)
    ('6633', 'six thousand six hundred and thirty-three')
    ('41', 'forty-one')
    ('1', 'one')
    """
    _check_count(n, 100_000)
    drawn: dict[int, None] = {}  # a dictionary keeps the order
    while len(drawn) < n:
        drawn[int(10 ** (6 * rng.random()))] = None
    return [(str(number), number_words(number)) for number in drawn]


def number_words(number: int) -> str:
    """Write a number below a million in words.

    Raises
    ------
    ValueError
        If the number does not lie in 0..999,999.

    Examples
    --------
    >>> number_words(40_302)
    'forty thousand three hundred and two'
    """
    if not 0 <= number < 1_000_000:
        raise ValueError(f"number must lie in 0..999,999; got {number}")
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _below_thousand(rest)
    head = f"{_below_thousand(thousands)} thousand"
    if not rest:
        return head
    return f"{head} {'and ' if rest < 100 else ''}{_below_thousand(rest)}"


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    head = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest or not hundreds:
        if rest < 20:
            words = ONES[rest]
        else:
            tens, ones = divmod(rest, 10)
            words = TENS[tens] + (f"-{ONES[ones]}" if ones else "")
        head.append(f"and {words}" if hundreds else words)
    return " ".join(head)


def _check_count(n: int, most: int) -> None:
    if not 1 <= n <= most:
        raise ValueError(f"n must lie in 1..{most}; got {n}")
