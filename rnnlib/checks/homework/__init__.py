"""The questions of the seven homework assignments, a module each."""

from rnnlib.checks.homework import hw0, hw1, hw2, hw3, hw4, hw5, hw6

ASSIGNMENTS = hw0, hw1, hw2, hw3, hw4, hw5, hw6
