"""How well events are told of clips that were changed as cameras, rooms and networks change them.

    python -m tests.bench.changes LABELS TRACKS [--config FILE] [--only PART] [--change NAME]
    python -m tests.bench.changes LABELS TRACKS --pictures FOLDER [...]

LABELS is the clips' labels.json, TRACKS the folder that `kinestream eval events LABELS --record TRACKS
--config FILE` filled. It prints the tables of shared/rules/FALLS.md: each row is all clips once more, scored
as `kinestream eval events` scores them. Without `--pictures` the recordings are changed (`films`, `cuts`,
listed in `rows`), which takes minutes. With it the pictures are (`pictures`, listed in `views`): the clips go
through the stages again in this process, minutes for each row, and are kept in FOLDER/NAME; an interrupted
run goes on. Every change is a pure function, random ones with a generator that row and clip alone decide.
"""
