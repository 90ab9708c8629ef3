"""Joining two LiteRT graphs: what the first gives is what the second takes."""

from copy import deepcopy

from ai_edge_litert.tools.flatbuffer_utils import SubGraphT

from training.backend.graph_file import packed, unpacked


def joined(first: bytes, second: bytes) -> bytes:
    """One graph from the inputs of `first` to the outputs of `second`, all with their names.

    Both have one signature. Every input of the second has the name of an output of the first, and its shape and type.
    So a graph can be put together from a part that is quantised once and a part that is learnt from what it gives:
    nothing is converted or rounded again.

    Raises:
        ValueError: if an input of the second is no output of the first.
    """
    model, added = unpacked(first), unpacked(second)
    (graph,), (other,) = model.subgraphs, added.subgraphs
    (signature,), (second_signature,) = model.signatureDefs, added.signatureDefs
    given = {each.name.decode(): each.tensorIndex for each in signature.outputs}
    wanted = {each.tensorIndex: each.name.decode() for each in second_signature.inputs}
    if missing := set(wanted.values()) - given.keys():
        msg = f"expected the first graph to give {sorted(missing)}, found {sorted(given)}"
        raise ValueError(msg)
    tensors = _moved_tensors(graph, other, len(model.buffers), {t: given[name] for t, name in wanted.items()})
    codes = len(model.operatorCodes)
    for operator in other.operators:
        moved = deepcopy(operator)
        moved.opcodeIndex += codes
        moved.inputs = [tensors.get(each, -1) for each in operator.inputs]
        moved.outputs = [tensors[each] for each in operator.outputs]
        graph.operators.append(moved)
    graph.outputs = [tensors[each] for each in other.outputs]
    signature.outputs = second_signature.outputs
    for each in signature.outputs:
        each.tensorIndex = tensors[each.tensorIndex]
    model.operatorCodes.extend(added.operatorCodes)
    model.buffers.extend(added.buffers)
    return packed(model)


def _moved_tensors(graph: SubGraphT, other: SubGraphT, buffers: int, known: dict[int, int]) -> dict[int, int]:
    """Adds the tensors of `other` to `graph`, but those that are known there; where each is now.

    One whose name is taken gets another: converters know tensors by their names.
    """
    places, names = dict(known), {tensor.name for tensor in graph.tensors}
    for number, tensor in enumerate(other.tensors):
        if number not in places:
            moved = deepcopy(tensor)
            moved.buffer += buffers
            while moved.name in names:
                moved.name += b"_2"
            names.add(moved.name)
            graph.tensors.append(moved)
            places[number] = len(graph.tensors) - 1
    return places
