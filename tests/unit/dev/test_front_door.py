"""The pages that a newcomer reads first: the map of packages, the changelog, and the commands that they name."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from tests.support.stacks import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_map_has_every_package_once_and_no_other() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*/__init__.py"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    folders = [file.removesuffix("/__init__.py") for file in listed if (ROOT / file).is_file()]
    table = ARCHITECTURE.partition("## Packages")[2].partition("\n## ")[0]
    packages = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert sorted(packages) == sorted(folder for folder in folders if not folder.startswith("tests/"))


def test_the_map_names_the_modules_that_are_in_no_package() -> None:
    assert [path.name for path in ROOT.glob("*.py") if f"`{path.name}`" not in ARCHITECTURE] == []


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    found = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert found[1] == version


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_a_page_names_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    text = (ROOT / page).read_text(encoding="utf-8")
    named = [words.split() for words in re.findall(r"(?:`|\$ |^)make ((?:[a-z-]+ ?)+)", text, re.MULTILINE)]
    assert {word for words in named for word in words[:1]} <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_page_and_file_that_a_page_links_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    assert [link for link in links if link and not ((ROOT / page).parent / link).exists()] == []
