"""YAML as a configuration wants it: a key that is given twice, or is not text, is refused."""

from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """A safe loader that notes what plain YAML lets pass."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problems: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.tag != "tag:yaml.org,2002:str":
                name = getattr(key, "value", "")
                self.problems.append(f"line {line}: the key {name!r} is not text: put it in quotes")
            elif key.value in seen:
                self.problems.append(f"line {line}: the key {key.value!r} is given twice")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The file's mapping, and one line for each problem; the mapping is empty where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return {}, [f"cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return {}, ["is not UTF-8 text"]
    try:
        return _parsed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        return {}, [f"{where}not YAML: {error.problem}"]
    except yaml.YAMLError as error:
        return {}, [f"not YAML: {' '.join(str(error).split())}"]


def _parsed(text: str) -> tuple[dict[str, Any], list[str]]:
    loader = _Loader(text)
    try:
        data = loader.get_single_data()
        problems = loader.problems
    finally:
        loader.dispose()
    if data is None:
        return {}, problems
    if not isinstance(data, dict):
        return {}, ["must hold sections such as `bus:` and `cameras:`, not a single value or list"]
    return ({}, problems) if problems else (data, [])
