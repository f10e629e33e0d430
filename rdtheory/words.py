"""Numbers as people read them."""


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
