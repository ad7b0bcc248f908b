"""PersonLab's greedy decoding as the paper tells it: one keypoint after the other, from a queue.

Slow and plain, to check the vectorised one by. Works in cells, as (y, x).
"""

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.vision.decoding.posenet import EDGES, PoseNetLayout

Floats = NDArray[np.float32]
Place = tuple[float, float]


@dataclass(frozen=True)
class PlainPose:
    score: float
    points_px: Floats  # (17, 2) x, y
    scores: Floats  # (17,)


@dataclass(frozen=True)
class PlainDecoder:
    """One picture: heatmaps (17, H, W) logits, short (34, H, W) and mid (64, H, W) offsets in pixels."""

    heatmaps: Floats
    short: Floats
    mid: Floats
    layout: PoseNetLayout

    def poses(self) -> list[PlainPose]:
        accepted: list[tuple[list[Place], list[float]]] = []
        for _, kind, place in self._roots():
            if any(math.dist(place, places[kind]) <= self._radius for places, _ in accepted):
                continue
            places, scores = self._body(kind, place)
            if sum(scores) / 17 >= self.layout.score and len(accepted) < self.layout.most:
                accepted.append((places, scores))
        accepted.sort(key=lambda body: -sum(body[1]))
        rated = [
            PlainPose(self._own_score(index, accepted), self._pixels(places), np.array(scores, np.float32))
            for index, (places, scores) in enumerate(accepted)
        ]
        return sorted((pose for pose in rated if pose.score >= self.layout.score), key=lambda p: -p.score)

    @property
    def _radius(self) -> float:
        return self.layout.radius_px / self.layout.stride

    def _roots(self) -> list[tuple[float, int, Place]]:
        found = []
        _, height, width = self.heatmaps.shape
        for kind in range(17):
            for row in range(height):
                for column in range(width):
                    logit = self.heatmaps[kind, row, column]
                    around = self.heatmaps[kind, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
                    if _sigmoid(logit) >= self.layout.score and logit >= around.max():
                        dy, dx = self.short[kind, row, column], self.short[17 + kind, row, column]
                        place = self._inside(row + dy / self.layout.stride, column + dx / self.layout.stride)
                        found.append((float(logit), kind, place))
        return sorted(found, key=lambda root: -root[0])

    def _body(self, kind: int, place: Place) -> tuple[list[Place], list[float]]:
        places: dict[int, Place] = {}
        scores: dict[int, float] = {}
        queue = [(-self._at(self.heatmaps[kind], place), kind, place)]
        while queue:
            logit, current, at = heapq.heappop(queue)
            if current in places:
                continue
            places[current], scores[current] = at, _sigmoid(-logit)
            for edge, (parent, child) in enumerate(EDGES):
                if current == parent and child not in places:
                    target = child
                    end = self._moved(at, self.mid[edge], self.mid[16 + edge], child)
                elif current == child and parent not in places:
                    target = parent
                    end = self._moved(at, self.mid[32 + edge], self.mid[48 + edge], parent)
                else:
                    continue
                heapq.heappush(queue, (-self._at(self.heatmaps[target], end), target, end))
        return [places[k] for k in range(17)], [scores[k] for k in range(17)]

    def _moved(self, at: Place, dy: Floats, dx: Floats, target: int) -> Place:
        at = self._step(at, dy, dx)
        for _ in range(5):
            at = self._step(at, self.short[target], self.short[17 + target])
        return at

    def _step(self, at: Place, dy: Floats, dx: Floats) -> Place:
        stride = self.layout.stride
        return self._inside(at[0] + self._at(dy, at) / stride, at[1] + self._at(dx, at) / stride)

    def _inside(self, y: float, x: float) -> Place:
        _, height, width = self.heatmaps.shape
        return min(max(float(y), 0.0), height - 1.0), min(max(float(x), 0.0), width - 1.0)

    def _at(self, field: Floats, place: Place) -> float:
        (row, column), (height, width) = (math.floor(place[0]), math.floor(place[1])), field.shape
        v, u = place[0] - row, place[1] - column
        below, right = min(row + 1, height - 1), min(column + 1, width - 1)
        above = (1 - u) * field[row, column] + u * field[row, right]
        under = (1 - u) * field[below, column] + u * field[below, right]
        return float((1 - v) * above + v * under)

    def _own_score(self, index: int, bodies: list[tuple[list[Place], list[float]]]) -> float:
        places, scores = bodies[index]
        own = [
            score
            for kind, (place, score) in enumerate(zip(places, scores, strict=True))
            if not any(math.dist(place, other[kind]) <= self._radius for other, _ in bodies[:index])
        ]
        return sum(own) / 17

    def _pixels(self, places: list[Place]) -> Floats:
        return np.array([(x, y) for y, x in places], np.float32) * self.layout.stride


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
