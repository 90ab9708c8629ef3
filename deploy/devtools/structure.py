"""`python -m deploy.devtools.structure`: files, packages, import levels and cycles of each root package.

An import level is a step of the longest chain of imports among the modules and packages that stand directly in a
package; members of a cycle share one level. The import contracts in pyproject.toml say which imports are allowed.
"""

import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from deploy.devtools.paths import REPOSITORY

ROOTS = ("service", "training", "deploy")


def strong_components(edges: dict[str, set[str]]) -> list[set[str]]:
    """Groups of nodes that reach each other: a node alone, or a cycle."""
    reach = {node: _reachable(edges, node) for node in edges}
    groups = {frozenset({node} | {other for other in reach[node] if node in reach[other]}) for node in edges}
    return [set(group) for group in groups]


def levels(edges: dict[str, set[str]]) -> int:
    """Nodes on the longest chain of imports, each cycle counted as one node."""
    groups = strong_components(edges)
    of = {node: number for number, group in enumerate(groups) for node in group}
    above = {of[node]: {of[each] for each in edges[node]} - {of[node]} for node in edges}
    for node, imported in edges.items():
        above[of[node]] |= {of[each] for each in imported} - {of[node]}
    height: dict[int, int] = {}
    for group in TopologicalSorter(above).static_order():
        height[group] = 1 + max((height[each] for each in above[group]), default=0)
    return max(height.values(), default=0)


def sibling_imports(graph: grimp.ImportGraph, package: str) -> dict[str, set[str]]:
    """Which direct children of a package import which, themselves or through what they hold."""
    children = sorted(graph.find_children(package))
    members = {child: {child, *graph.find_descendants(child)} for child in children}
    imported = {
        child: {each for member in members[child] for each in graph.find_modules_directly_imported_by(member)}
        for child in children
    }
    return {
        child: {other for other in children if other != child and imported[child] & members[other]}
        for child in children
    }


def describe(root: str) -> dict[str, int]:
    """The counts of one root package."""
    graph = grimp.build_graph(root, cache_dir=None)
    packages = [each for each in sorted(graph.modules) if graph.find_children(each)]
    cycles = [group for each in packages for group in strong_components(sibling_imports(graph, each)) if len(group) > 1]
    files = list((REPOSITORY / root).rglob("*.py"))
    return {
        "files": len(files),
        "files directly in it": len(list((REPOSITORY / root).glob("*.py"))),
        "packages": len(packages) - 1,
        "lines": sum(len(file.read_text().splitlines()) for file in files),
        "longest file": max(len(file.read_text().splitlines()) for file in files),
        "import levels": levels(sibling_imports(graph, root)),
        "cycles among siblings": len(cycles),
    }


def _reachable(edges: dict[str, set[str]], start: str) -> set[str]:
    found, todo = set[str](), [start]
    while todo:
        new = edges[todo.pop()] - found
        found |= new
        todo += new
    return found


def main() -> None:
    """Print one Markdown table."""
    sys.path.insert(0, str(Path.cwd()))
    rows = {root: describe(root) for root in ROOTS}
    names = list(next(iter(rows.values())))
    lines = [
        ["", *ROOTS],
        ["---"] * (len(ROOTS) + 1),
        *([name, *(str(rows[root][name]) for root in ROOTS)] for name in names),
    ]
    sys.stdout.writelines(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
