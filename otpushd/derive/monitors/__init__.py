"""Monitors: figures over windows of answers, and when they cross a bound or drift.

From the outside in: `events` says what rules hear, `panel` holds one monitor on one dataset, key by key, `watch` one of
those: on which side of its bound it stands, and its memory as bytes (`packing`). What is measured are four figures:
`bounded` (a rate or mean against fixed bounds), `adaptive` (the same against what came before, by `adwin`), `anchored`
(against a fixed time) and `shares` (label shares, by `stability`). They are made of a `reading` of each answer, a
`window` of readings, and a `trail` of the examples behind them. Definitions come from `otpushd.model.monitor`.
"""
