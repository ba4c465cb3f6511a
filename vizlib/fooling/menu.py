"""The attacks, in the order of the screen."""

from __future__ import annotations

from vizlib.fooling import classic, ddn, fgsm, fmn, ifgsm, lattice, noise, pgd, robust
from vizlib.method import Menu

MENU = Menu(
    "attack",
    lattice.METHOD,
    classic.METHOD,
    robust.METHOD,
    noise.METHOD,
    fgsm.METHOD,
    ifgsm.METHOD,
    pgd.METHOD,
    ddn.METHOD,
    fmn.METHOD,
)
