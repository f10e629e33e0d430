"""Numbers as people read them."""

WIDE = 1e6
"""From here on numbers are printed in scientific notation: digits would be lost in digits."""


def decimal(value: float, places: int = 2, sign: str = "") -> str:
    """Return a number with so many decimals, or in scientific notation where it would be wide.

    `sign` is "+" where numbers above 0 are to have one, too.

    Examples
    --------
    >>> decimal(83.704), decimal(-0.001), decimal(1.5428e16), decimal(0.25, sign="+")
    ('83.70', '0.00', '1.54e+16', '+0.25')
    """
    return f"{value:{sign}.2e}" if abs(value) >= WIDE else f"{value:{sign}z.{places}f}"


def duration(seconds: float | None) -> str:
    """Return a time in hours and minutes, in minutes, or in seconds, whichever is fit.

    Examples
    --------
    >>> duration(7.2), duration(95), duration(7300), duration(None)
    ('7 s', '2 min', '2 h 02 min', 'not known yet')
    """
    if seconds is None:
        return "not known yet"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
