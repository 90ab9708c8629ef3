"""A graph that computes only some of its outputs."""

from training.backend.graph_file import packed, unpacked


def ending_at(flatbuffer: bytes, names: list[str]) -> bytes:
    """The graph with the outputs of these names alone, and without the operators that only the others need.

    Nothing is converted again, so that what is left takes the time that it takes in the whole.

    Raises:
        KeyError: if there is no such output.
    """
    model = unpacked(flatbuffer)
    (graph,), (signature,) = model.subgraphs, model.signatureDefs
    given = {each.name.decode(): each for each in signature.outputs}
    signature.outputs = [given[name] for name in names]
    graph.outputs = [each.tensorIndex for each in signature.outputs]
    needed, kept = set(graph.outputs), []
    for operator in reversed(graph.operators):
        if needed & set(operator.outputs):
            needed |= set(operator.inputs)
            kept.append(operator)
    graph.operators = kept[::-1]
    return packed(model)
