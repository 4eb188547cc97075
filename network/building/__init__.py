"""Tidy feed tables to the frozen timetable of one service date."""
