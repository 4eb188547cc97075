"""Areas by their definition: distances to every marked cell, rings by walking round cells."""

import math


def distances_plainly(cells, west, south, width, height, beyond_m, cell_m):
    """Metres from each cell's middle to the nearest of some cells, ``beyond_m`` at most."""
    return [
        [
            min(
                beyond_m,
                *(math.hypot(x + west - c, y + south - r) * cell_m for c, r in cells),
            )
            for x in range(width)
        ]
        for y in range(height)
    ]


def count_areas_and_holes(inside):
    """How many areas (cells joined by sides) and holes (joined by sides or corners) there are.

    ``inside`` is a list of rows; what touches its edge is outside.
    """
    height, width = len(inside), len(inside[0])
    sides = [(0, 1), (0, -1), (1, 0), (-1, 0)]
    corners = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    seen = [[False] * width for _ in range(height)]
    counts = {True: 0, False: 0}
    for row in range(height):
        for column in range(width):
            if seen[row][column]:
                continue
            kind = bool(inside[row][column])
            counts[kind] += 1
            todo = [(row, column)]
            seen[row][column] = True
            while todo:
                r, c = todo.pop()
                for dr, dc in sides if kind else sides + corners:
                    y, x = r + dr, c + dc
                    if not (0 <= y < height and 0 <= x < width) or seen[y][x]:
                        continue
                    if bool(inside[y][x]) is kind:
                        seen[y][x] = True
                        todo.append((y, x))
    return counts[True], counts[False] - 1
