"""`calendars:` of plan.yaml: working hours and holidays, ready to be asked."""

from collections.abc import Mapping
from datetime import tzinfo

from otpushd.config.holiday_regions import INSTALL, HolidaysMissing, region_holidays
from otpushd.config.plan_settings import CalendarSettings
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.calendar import Calendar, Holidays, PlainTime, WorkingTime, no_holidays


def read_calendars(document: YamlDocument, path: Steps, zone: tzinfo) -> tuple[dict[str, WorkingTime], list[Problem]]:
    """Every calendar of the mapping at `path` by name, and what is wrong with them; a wrong one is plain time.

    So its name is known, and whatever it is used for has no problem of its own. `zone` is that of the wall clock.
    """
    problems: list[Problem] = []
    found: dict[str, WorkingTime] = {}
    entries = document.at(path)
    is_missing_said = False
    for name in entries if isinstance(entries, Mapping) else ():
        keys, wrong = read_keys(CalendarSettings, document, (*path, name))
        data = document.at((*path, name))
        if isinstance(data, dict) and "hours" not in data:
            wrong.append(document.problem((*path, name), "`hours` is missing, such as Mon-Fri 08:00-18:00", key=True))
        holidays: Holidays = no_holidays
        try:
            holidays = _holidays(keys)
        except ValueError as error:
            wrong.append(document.problem((*path, name, "holidays"), str(error)))
        except HolidaysMissing:
            text = f"holidays of a region need a package that is not installed: {INSTALL}; or list the dates"
            wrong += [] if is_missing_said else [document.problem((*path, name, "holidays"), text)]
            is_missing_said = True
        problems += wrong
        found[name] = Calendar(keys.hours, holidays, zone) if keys.hours is not None else PlainTime()
    return found, problems


def _holidays(keys: CalendarSettings) -> Holidays:
    if isinstance(keys.holidays, str):
        return region_holidays(keys.holidays)
    days = frozenset(keys.holidays or ())
    return lambda year: [day for day in days if day.year == year]
